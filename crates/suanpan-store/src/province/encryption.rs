//! How a connection to PostgreSQL is encrypted: as its address says. What is encrypted is verified too: the certificate must
//! come from an authority that this machine trusts, or from the one of `sslrootcert`, and name the host.

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use suanpan_sync::server::store::{StoreFault, Stored};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The address without what is said here of encryption, and how to encrypt; None: not at all.
pub fn of(address: &str) -> Stored<(String, Option<MakeRustlsConnect>)> {
    let (base, query) = address.split_once('?').unwrap_or((address, ""));
    let (mut mode, mut authority, mut others) = ("disable", None, Vec::new());
    for word in query.split('&').filter(|word| !word.is_empty()) {
        match word.split_once('=') {
            Some(("sslmode", value)) => mode = value,
            Some(("sslrootcert", value)) => authority = Some(value),
            _ => others.push(word),
        }
    }
    let encrypts = match mode {
        "disable" => false,
        "require" | "verify-ca" | "verify-full" => true,
        other => return Err(StoreFault::Broken(format!("sslmode={other}: disable or verify-full"))),
    };
    if authority.is_some() && !encrypts {
        return Err(StoreFault::Broken("sslrootcert without sslmode=verify-full".into()));
    }
    let mode = if encrypts { "sslmode=require" } else { "sslmode=disable" };
    others.push(mode);
    let address = format!("{base}?{}", others.join("&"));
    if !encrypts {
        return Ok((address, None));
    }
    let config = ClientConfig::builder().with_root_certificates(roots(authority)?).with_no_client_auth();
    Ok((address, Some(MakeRustlsConnect::new(config))))
}

fn roots(authority: Option<&str>) -> Stored<RootCertStore> {
    let mut roots = RootCertStore::empty();
    match authority {
        None => {
            // Some systems hold certificates that nobody can read; the others count.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        Some(path) => {
            let unread = |error: &dyn std::fmt::Display| StoreFault::Broken(format!("sslrootcert={path}: {error}"));
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unread(&error))? {
                let certificate = certificate.map_err(|error| unread(&error))?;
                roots.add(certificate).map_err(|error| unread(&error))?;
            }
        }
    }
    if roots.is_empty() {
        let from = authority.unwrap_or("this machine");
        return Err(StoreFault::Broken(format!("no authority to verify PostgreSQL by: {from} has none")));
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_address_says_of_encryption_is_read_and_the_rest_is_left() {
        let (address, how) = of("postgres://a@db/s?application_name=x").expect("plain");
        assert_eq!((address.as_str(), how.is_none()), ("postgres://a@db/s?application_name=x&sslmode=disable", true));
        for wrong in ["sslmode=prefer", "sslrootcert=/a.pem", "sslmode=verify-full&sslrootcert=/not/there.pem"] {
            assert!(of(&format!("postgres://a@db/s?{wrong}")).is_err(), "{wrong}");
        }
    }
}
