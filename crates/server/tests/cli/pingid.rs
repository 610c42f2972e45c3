//! `countersign pingid`: the file for clients of PingID, and its keys.

use super::{Files, run};

fn value<'a>(properties: &'a str, name: &str) -> &'a str {
    let mut lines = properties.lines();
    let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    line.unwrap_or_else(|| panic!("{name}: {properties}"))
}

#[test]
fn the_file_is_written_and_its_key_is_rotated() {
    let files = Files::new();
    let data = files.path("data");
    let place = ["--data-dir", data.as_str()];
    let added = run(&[&["env", "add", "Shop", "--json"], &place[..]].concat()).json();
    let id = added["id"].as_str().unwrap();
    let properties = [&["pingid", "properties", id], &place[..]].concat();
    let first = run(&properties);
    assert_eq!(first.code, 0, "{}", first.err);
    assert_eq!(first.out.lines().count(), 7);
    assert_eq!(value(&first.out, "org_alias"), id);
    assert_eq!(value(&first.out, "use_signature"), "true");
    assert_eq!(run(&properties).out, first.out);
    let set = [
        "pingid",
        "set",
        id,
        "--return-host",
        "sso.example.com",
        "--json",
    ];
    let set = run(&[&set, &place[..]].concat()).json();
    assert_eq!(set["return_hosts"][0], "https://sso.example.com");
    let rotate = ["pingid", "rotate", id, "--bits", "384", "--json"];
    let rotated = run(&[&rotate, &place[..]].concat()).json();
    assert_eq!(rotated["keys"].as_array().unwrap().len(), 2);
    let second = run(&properties).out;
    assert_ne!(
        value(&second, "use_base64_key"),
        value(&first.out, "use_base64_key")
    );
    assert_eq!(value(&second, "use_base64_key").len(), 64);
    // The server itself is one as well.
    let server = run(&[&["pingid", "properties"], &place[..]].concat());
    assert_ne!(value(&server.out, "org_alias"), id);
    let strange = "7b6f0d3e-9d1c-4f57-8f0e-2f1f0c6d8a55";
    let unknown = run(&[&["pingid", "properties", strange], &place[..]].concat());
    assert_eq!(unknown.code, 1);
    assert!(
        unknown.err.contains("there is no environment"),
        "{}",
        unknown.err
    );
}
