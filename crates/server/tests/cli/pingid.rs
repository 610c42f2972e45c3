//! `countersign pingid`: the file for clients of PingID, and its keys.

use super::{Files, run, run_with};

fn value<'a>(properties: &'a str, name: &str) -> &'a str {
    let mut lines = properties.lines();
    let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    line.unwrap()
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
        "--one-time-devices",
        "true",
        "--json",
    ];
    let set = run(&[&set, &place[..]].concat()).json();
    assert_eq!(set["return_hosts"][0], "https://sso.example.com");
    assert_eq!(set["one_time_devices"], true);
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

#[test]
fn the_refusal_of_another_key_has_the_whole_command_that_makes_room() {
    let files = Files::new();
    let data = files.path("data");
    let place = ["--data-dir", data.as_str()];
    let added = run(&[&["env", "add", "Shop", "--json"], &place[..]].concat()).json();
    let id = added["id"].as_str().unwrap();
    let rotate = ["pingid", "rotate", id];
    // A key that is promised stays until somebody ends it.
    for _ in 0..3 {
        assert_eq!(run(&[&rotate, &place[..]].concat()).code, 0);
    }
    let refused = run(&[&rotate, &place[..]].concat());
    assert_eq!(refused.code, 1);
    let keys = run(&[&["pingid", "set", id, "--json"], &place[..]].concat()).json();
    let oldest = keys["keys"][3].clone();
    let ends = oldest["ends"].as_str().unwrap();
    assert!(refused.err.contains(ends), "{}", refused.err);
    let mut lines = refused.err.lines();
    let command = lines.find_map(|line| line.trim().strip_prefix("countersign "));
    let command: Vec<&str> = command.unwrap().split(' ').collect();
    assert_eq!(command[..2], ["pingid", "retire"]);
    assert_eq!(command[3..], [id, "--data-dir", data.as_str()]);
    let retired = run(&[&command[..], &["--json"]].concat()).json();
    assert_eq!(retired["keys"].as_array().unwrap().len(), 3);
    assert_eq!(run(&command).code, 1);
    assert_eq!(run(&[&rotate, &place[..]].concat()).code, 0);
}

#[test]
fn requests_are_signed_and_checked_by_hand() {
    let files = Files::new();
    let data = files.path("data");
    let place = ["--data-dir", data.as_str()];
    let _ = run(&[&["env", "add", "Shop"], &place[..]].concat());
    let written = run(&[&["pingid", "properties"], &place[..]].concat());
    let properties = files.with("pingid.properties", &written.out);
    let with = ["--properties", properties.as_str()];
    let sign = [&["ppm", "sign"], &with[..]].concat();
    let request = r#"{"sub": "jsmith", "returnUrl": "https://sso.example.com/", "nonce": "n"}"#;
    let signed = run_with(&sign, request);
    assert_eq!(signed.code, 0, "{}", signed.err);
    assert_eq!(signed.out.trim().split('.').count(), 3);
    let verify = [&["ppm", "verify"], &with[..]].concat();
    let read = run_with(&verify, &signed.out).json();
    assert_eq!(
        (&read["sub"], &read["nonce"]),
        (&"jsmith".into(), &"n".into())
    );
    assert_eq!(read["aud"], "pingidauthenticator");
    assert_eq!(read["idpAccountId"], value(&written.out, "org_alias"));
    assert!(read["exp"].as_i64() > read["iat"].as_i64());
    // In a file as well.
    let file = files.with("request.jwt", &signed.out);
    let in_file = run(&[&verify[..], &[file.as_str()]].concat());
    assert_eq!(in_file.code, 0, "{}", in_file.err);
    let expired = run_with(&sign, r#"{"sub": "jsmith", "exp": 1401319565}"#);
    let expired = run_with(&verify, &expired.out);
    assert_eq!(expired.code, 1);
    assert!(expired.err.contains("it has expired"), "{}", expired.err);
    let expired = run_with(&sign, r#"{"sub": "jsmith", "exp": 1401319565000}"#);
    let expired = run_with(&verify, &expired.out);
    assert_eq!(expired.code, 1, "in milliseconds");
    assert!(expired.err.contains("it has expired"), "{}", expired.err);
    let endless = run_with(&sign, r#"{"sub": "jsmith", "exp": "never"}"#);
    let endless = run_with(&verify, &endless.out);
    assert!(
        endless.err.contains("its exp is no time"),
        "{}",
        endless.err
    );
    let forged = run_with(&verify, &format!("{}A", signed.out.trim()));
    assert_eq!(forged.code, 1);
    assert!(
        forged.out.is_empty() && forged.err.contains("it is not good"),
        "{}",
        forged.err
    );
    let nothing = files.with("empty.properties", "org_alias=x\n");
    let nothing = run_with(&["ppm", "sign", "--properties", &nothing], "{}");
    assert!(nothing.err.contains("has no token"), "{}", nothing.err);
}

#[test]
fn an_answer_is_compared_with_its_request() {
    let files = Files::new();
    let data = files.path("data");
    let place = ["--data-dir", data.as_str()];
    let _ = run(&[&["env", "add", "Shop"], &place[..]].concat());
    let written = run(&[&["pingid", "properties"], &place[..]].concat());
    let properties = files.with("pingid.properties", &written.out);
    let with = ["--properties", properties.as_str()];
    let sign = [&["ppm", "sign"], &with[..]].concat();
    let request = serde_json::json!({
        "iss": "PingFed", "sub": "jsmith", "returnUrl": "https://sso.example.com/", "nonce": "n",
        "jti": "t", "idpAccountId": value(&written.out, "org_alias"), "aud": "pingidauthenticator",
    });
    let answer = serde_json::json!({
        "iss": "pingidauthenticator", "sub": "jsmith", "aud": "PingFed", "nonce": "n",
        "idpAccountId": request["idpAccountId"], "inResponseTo": "t", "status": "success",
        "dst": "https://sso.example.com/",
    });
    let plain = files.with("request.json", &request.to_string());
    let signed = files.with("request.jwt", &run_with(&sign, &request.to_string()).out);
    let compare = |answer: &serde_json::Value, file: &str| {
        let answer = run_with(&sign, &answer.to_string()).out;
        let verify = [&["ppm", "verify", "--request", file], &with[..]].concat();
        run_with(&verify, &answer)
    };
    for file in [&plain, &signed] {
        let right = compare(&answer, file);
        assert_eq!(right.code, 0, "{}", right.err);
        for name in ["iss", "sub", "aud", "nonce", "inResponseTo", "dst"] {
            let mut other = answer.clone();
            other[name] = "another".into();
            let wrong = compare(&other, file);
            assert_eq!(wrong.code, 1, "{name}");
            let says = format!("it does not answer the request: {name} is another");
            assert!(wrong.err.contains(&says), "{name}: {}", wrong.err);
        }
    }
    // Where there is no jti, the nonce stands for it, or nothing does.
    let mut request = request;
    request["jti"] = "".into();
    let plain = files.with("request.json", &request.to_string());
    for (tracked, code) in [("", 0), ("n", 0), ("t", 1)] {
        let mut answer = answer.clone();
        answer["inResponseTo"] = tracked.into();
        assert_eq!(compare(&answer, &plain).code, code, "{tracked}");
    }
}
