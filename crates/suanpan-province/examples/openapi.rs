//! Writes the description of the server's requests, `schemas/api/province.json`.

fn main() -> std::io::Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/api/province.json");
    std::fs::write(path, suanpan_province::api::description())
}
