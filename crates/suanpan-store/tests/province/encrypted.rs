//! Connections to PostgreSQL that are encrypted because the address says so.

use std::sync::Arc;
use suanpan_model::schema::Schema;
use suanpan_store::province::ProvinceStore;
use suanpan_testkit::pg::Postgres;

fn open(address: &str) -> Result<ProvinceStore, String> {
    ProvinceStore::open(address, Arc::new(Schema::builtin())).map_err(|fault| fault.to_string())
}

#[test]
fn a_connection_is_encrypted_and_verified_when_the_address_says_so_and_refused_when_it_cannot_be() {
    let made = |name: &str| rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let (ours, another) = (made("127.0.0.1"), made("127.0.0.1"));
    let folder = tempfile::tempdir().unwrap();
    let authority = |name: &str, pem: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, pem).unwrap();
        path.display().to_string()
    };
    let (trusted, strange) = (authority("a.pem", ours.cert.pem()), authority("b.pem", another.cert.pem()));
    let cluster = Postgres::start_encrypted(&ours.cert.pem(), &ours.signing_key.serialize_pem());
    let url = cluster.create_database("province");
    let encrypted = |options: &str| open(&format!("{url}?{options}"));

    let store = encrypted(&format!("sslmode=verify-full&sslrootcert={trusted}")).unwrap();
    store.put_meta("name", "河南省").unwrap();
    let sessions = "SELECT count(*) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
                    WHERE a.application_name = 'suanpan-province' AND s.ssl";
    assert!(cluster.sql("province", sessions).parse::<u32>().unwrap() > 0, "the server sees encrypted sessions");
    drop(store);

    assert!(encrypted(&format!("sslmode=verify-full&sslrootcert={strange}")).is_err(), "another authority");
    let by_name = url.replace("127.0.0.1", "localhost");
    let named = open(&format!("{by_name}?sslmode=verify-full&sslrootcert={trusted}"));
    assert!(named.is_err(), "the certificate names another host");
    assert_eq!(open(&url).unwrap().meta("name").unwrap().as_deref(), Some("河南省"), "a plain address as before");
}
