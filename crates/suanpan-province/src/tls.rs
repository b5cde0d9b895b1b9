//! TLS by rustls: with a certificate from an authority, or with one of the server's own, which desks know by its hash.

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{path::Path, sync::Arc};

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("读取证书或私钥“{0}”失败：{1}")]
    Read(String, String),
    #[error("证书与私钥不相配：{0}")]
    Mismatch(String),
}

/// A certificate, its key, and what a desk writes after `#` in the address when the certificate is the server's own.
pub struct Identity {
    pub config: Arc<ServerConfig>,
    pub pin: String,
}

/// Reads PEM files.
pub fn from_files(certificate: &Path, key: &Path) -> Result<Identity, TlsError> {
    let read =
        |path: &Path, error: &dyn std::fmt::Display| TlsError::Read(path.display().to_string(), error.to_string());
    let chain = CertificateDer::pem_file_iter(certificate).map_err(|error| read(certificate, &error))?;
    let chain: Vec<_> = chain.collect::<Result<_, _>>().map_err(|error| read(certificate, &error))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| read(key, &error))?;
    identity(chain, key)
}

/// The server's own certificate in `folder`, made when there is none. Desks know it by its hash, so it need not name
/// the host and does not run out while they trust it.
pub fn self_signed(folder: &Path) -> Result<Identity, TlsError> {
    let (certificate, key) = (folder.join("province.crt.pem"), folder.join("province.key.pem"));
    if !certificate.exists() || !key.exists() {
        let fail = |error: &dyn std::fmt::Display| TlsError::Read(folder.display().to_string(), error.to_string());
        let made = rcgen::generate_simple_self_signed(["suanpan-province".to_owned()]).map_err(|error| fail(&error))?;
        std::fs::create_dir_all(folder).map_err(|error| fail(&error))?;
        write_secret(&key, &made.signing_key.serialize_pem()).map_err(|error| fail(&error))?;
        std::fs::write(&certificate, made.cert.pem()).map_err(|error| fail(&error))?;
    }
    from_files(&certificate, &key)
}

/// Readable by its owner only.
fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

fn identity(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Identity, TlsError> {
    let pin = chain.first().map(|certificate| blake3::hash(certificate).to_hex().to_string()).unwrap_or_default();
    let mismatch = |error: rustls::Error| TlsError::Mismatch(error.to_string());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(mismatch)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(mismatch)?;
    // A desk that comes back shows its ticket instead of being shown the certificate again; one is enough for one connection.
    config.ticketer = rustls::crypto::ring::Ticketer::new().map_err(mismatch)?;
    config.send_tls13_tickets = 1;
    Ok(Identity { config: Arc::new(config), pin })
}
