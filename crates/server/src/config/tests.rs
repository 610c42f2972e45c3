use super::*;

pub(super) fn load_text(text: &str) -> Result<Config, Vec<String>> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("countersign.toml");
    std::fs::write(&path, text).unwrap();
    let sources = Sources {
        file: Some(&path),
        ..Sources::default()
    };
    load(sources)
        .map(|loaded| loaded.config)
        .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
}

fn load_environment(variables: &[(&str, &str)]) -> Result<Loaded, Vec<Mistake>> {
    load(Sources {
        environment: variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..Sources::default()
    })
}

#[test]
fn an_empty_file_is_the_default() {
    let config = load_text("").unwrap();
    assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
}

#[test]
fn every_mistake_is_named_with_its_line() {
    let mistakes = load_text(
        r#"data_dri = "/x"
[server]
lisen = "127.0.0.1:9031"
admin_listen = "localhost"
public_url = "https://id.example.com/?tenant=1"
tls_at_proxy = "yes"

[tokens]
access_token_lifetime = "15 minutes"
id_token_lifetime = "2d"
access_token_algorithm = "HS256"
audience = 5

[tls]
certificate = "/does/not/exist.pem"

[sign_on]
lockout_limit = 0
second_factor = "requird"

[logs]
level = "info"

[brand]
accent = "blue"

[log]
level = "countersign=loud"
"#,
    )
    .unwrap_err();
    assert_eq!(
        mistakes,
        [
            "line 1: unknown setting `data_dri`; did you mean `data_dir`?",
            "line 3: unknown setting `lisen`; did you mean `listen`?",
            "line 4: `admin_listen` must be an address and a port such as \"127.0.0.1:9031\" or \"[::1]:9031\"",
            "line 5: `public_url` must have no query and no fragment",
            "line 6: `tls_at_proxy` must be true or false, not text",
            "line 9: `access_token_lifetime` must be a duration such as \"60s\", \"15m\", \"8h\" or \"30d\"",
            "line 10: `id_token_lifetime` must be between 1s and 1d",
            "line 11: `access_token_algorithm` must be one of \"ES256\", \"ES384\", \"ES512\", \"EdDSA\", \"RS256\", \"RS384\", \"RS512\", \"PS256\", \"PS384\", \"PS512\"; did you mean \"ES256\"?",
            "line 12: `audience` must be text that is not empty, not a number",
            "line 15: `certificate` names a file that is not there: /does/not/exist.pem",
            "line 18: `lockout_limit` must be between 1 and 100",
            "line 19: `second_factor` must be one of \"when_enrolled\", \"required\", \"never\"; did you mean \"required\"?",
            "line 21: unknown section `logs`; did you mean `log`?",
            "line 25: `accent` must be a colour such as \"#0a5bd3\"",
            "line 28: `level` must be one of \"error\", \"warn\", \"info\", \"debug\", \"trace\", \"off\"",
        ]
    );
}

#[test]
fn a_syntax_error_does_not_hide_the_other_mistakes() {
    let mistakes = load_text("[server]\nlisten = \n[tokens]\naudence = []\n").unwrap_err();
    assert_eq!(mistakes.len(), 2, "{mistakes:?}");
    assert!(mistakes[0].starts_with("line 2: not TOML"), "{mistakes:?}");
    assert!(mistakes[1].starts_with("line 4: unknown"), "{mistakes:?}");
}

#[test]
fn what_an_address_may_do_and_how_long_events_are_kept_is_within_reason() {
    let text = "[limits]\naddress_rate = -1\naddress_burst = 1\n[audit]\nretention = \"0d\"\n";
    assert_eq!(
        load_text(text).unwrap_err(),
        [
            "line 2: `address_rate` must be between 0 and 1000000",
            "line 3: `address_burst` must be between 10 and 1000000",
            "line 5: `retention` must be between 1d and 36500d",
        ]
    );
    let config = load_text("[limits]\naddress_rate = 0\n").unwrap();
    assert_eq!(config.limits.address.per_minute, 0);
}

#[test]
fn a_missing_file_is_a_mistake() {
    let sources = Sources {
        file: Some(Path::new("/does/not/exist.toml")),
        ..Sources::default()
    };
    let mistakes = load(sources).err().unwrap();
    assert_eq!(mistakes[0].origin, Origin::File);
    assert!(mistakes[0].to_string().contains("cannot be read"));
}

#[test]
fn a_template_that_is_none_is_a_mistake() {
    let directory = tempfile::tempdir().unwrap();
    let text = format!("[pages]\ntemplate_dir = {:?}\n", directory.path());
    let template = |source| std::fs::write(directory.path().join("sign-on.html"), source).unwrap();
    template("<h1>{{ username }}</h1>");
    assert!(load_text(&text).is_ok());
    template("<h1>{{ username }</h1>");
    let mistakes = load_text(&text).unwrap_err();
    let told = "line 2: `template_dir`: the template sign-on.html is faulty: syntax error";
    assert!(
        mistakes.len() == 1 && mistakes[0].starts_with(told),
        "{mistakes:?}"
    );
}

#[test]
fn words_that_are_none_are_a_mistake() {
    let directory = tempfile::tempdir().unwrap();
    let text = format!("[pages]\nlocale_dir = {:?}\n", directory.path());
    let words = |words| std::fs::write(directory.path().join("de.ftl"), words).unwrap();
    words("shop = Der Laden\n");
    assert!(load_text(&text).is_ok());
    words("shop = { $\n");
    let mistakes = load_text(&text).unwrap_err();
    assert!(
        mistakes.len() == 1
            && mistakes[0].starts_with("line 2: `locale_dir`: ")
            && mistakes[0].contains("de.ftl is faulty"),
        "{mistakes:?}"
    );
}

#[test]
fn a_section_written_as_a_value_is_a_mistake() {
    let mistakes = load_text("server = 1").unwrap_err();
    assert_eq!(
        mistakes,
        ["line 1: `server` is a section: write [server] on a line of its own"]
    );
}

#[test]
fn flags_come_before_the_environment_and_the_environment_before_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("c.toml");
    let text = "data_dir = \"file\"\n[log]\nlevel = \"warn\"\n[brand]\nname = \"File\"\n";
    std::fs::write(&path, text).unwrap();
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let loaded = load(Sources {
        file: Some(&path),
        environment: vec![
            variable("COUNTERSIGN_DATA_DIR", "environment"),
            variable("COUNTERSIGN_LOG_LEVEL", "debug"),
        ],
        flags: vec![FlagValue {
            setting: "data_dir",
            flag: "data-dir",
            value: "flag".to_owned(),
        }],
    })
    .ok()
    .unwrap();
    assert_eq!(loaded.config.data_dir, Path::new("flag"));
    assert_eq!(loaded.config.log.filter, "debug");
    assert_eq!(loaded.config.brand.name, "File");
}

#[test]
fn a_mistake_in_the_environment_is_named_by_its_variable() {
    let mistakes = load_environment(&[("COUNTERSIGN_SIGN_ON_LOCKOUT_LIMIT", "many")])
        .err()
        .unwrap();
    assert_eq!(
        mistakes[0].to_string(),
        "environment variable COUNTERSIGN_SIGN_ON_LOCKOUT_LIMIT: `lockout_limit` must be a whole number"
    );
}

#[test]
fn a_variable_that_is_no_setting_is_a_warning_since_orchestrators_set_such() {
    let loaded = load_environment(&[
        ("COUNTERSIGN_SERVICE_HOST", "10.0.0.1"),
        ("COUNTERSIGN_MASTER_KEY", "x"),
        ("PATH", "/bin"),
    ]);
    assert_eq!(loaded.ok().unwrap().warnings, ["COUNTERSIGN_SERVICE_HOST"]);
}

#[test]
fn no_two_settings_share_a_variable() {
    let mut variables: Vec<String> = settings().map(Setting::variable).collect();
    variables.extend(OTHER_VARIABLES.map(str::to_owned));
    let count = variables.len();
    variables.sort();
    variables.dedup();
    assert_eq!(variables.len(), count);
}

#[test]
fn plain_http_stays_on_this_machine_unless_a_proxy_speaks_tls() {
    let listen = "[server]\nlisten = \"0.0.0.0:9031\"\npublic_url = \"https://id.example.com\"\n";
    let mistakes = load_text(listen).unwrap_err();
    assert!(mistakes[0].starts_with("line 2: `listen` speaks plain HTTP"));
    assert!(load_text(&format!("{listen}tls_at_proxy = true\n")).is_ok());
    assert!(load_text(&format!("{listen}[tls]\nself_signed = true\n")).is_ok());
}

#[test]
fn a_public_url_is_https_unless_it_is_on_this_machine() {
    let with = |url: &str| load_text(&format!("[server]\npublic_url = \"{url}\"\n"));
    assert!(with("http://id.example.com").is_err());
    for url in [
        "http://127.0.0.1:9031",
        "http://localhost:9031",
        "http://[::1]:9031",
        "https://id.example.com/tenant",
    ] {
        assert!(with(url).is_ok(), "{url}");
    }
}

#[test]
fn an_address_of_all_interfaces_needs_a_public_url() {
    let mistakes =
        load_text("[server]\nlisten = \"0.0.0.0:9031\"\ntls_at_proxy = true\n").unwrap_err();
    assert!(mistakes[0].contains("`public_url` must say"));
}

#[test]
fn a_certificate_needs_its_key() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tls.pem");
    std::fs::write(&path, "").unwrap();
    let path = path.display();
    let mistakes = load_text(&format!("[tls]\ncertificate = \"{path}\"\n")).unwrap_err();
    assert_eq!(mistakes, ["line 2: `certificate` needs `key` beside it"]);
}

#[test]
fn administration_speaks_as_the_rest_unless_told_otherwise() {
    let config = load_text("[tls]\nself_signed = true\n").unwrap();
    assert!(config.effective_admin_tls().self_signed);
    let config = load_text("[tls]\nself_signed = true\n[admin_tls]\nplain = true\n").unwrap();
    assert!(!config.effective_admin_tls().is_set());
}

#[test]
fn certificates_of_clients_are_asked_for_with_one_of_our_own() {
    let listen = "[server]\nmtls_listen = \"127.0.0.1:9032\"\n";
    let mistakes = load_text(listen).unwrap_err();
    assert!(
        mistakes[0].starts_with("line 2: `mtls_listen` needs a certificate"),
        "{mistakes:?}"
    );
    for section in ["tls", "mtls"] {
        let config = load_text(&format!("{listen}[{section}]\nself_signed = true\n")).unwrap();
        assert!(config.effective_mtls().self_signed);
    }
    let mistakes = load_text("[mtls]\npublic_url = \"http://id.example:9032\"\n").unwrap_err();
    assert_eq!(
        mistakes,
        ["line 2: `public_url` of [mtls] must begin with https"]
    );
}

#[test]
fn a_header_with_certificates_needs_a_proxy_that_writes_it() {
    let header = "[mtls]\ncertificate_header = \"X-Client-Cert\"\n";
    let mistakes = load_text(header).unwrap_err();
    assert!(
        mistakes[0].starts_with("line 2: `certificate_header` is believed only from"),
        "{mistakes:?}"
    );
    let trusted = format!("[server]\ntrusted_proxies = [\"10.0.0.5\"]\n{header}");
    let name = load_text(&trusted).unwrap().mtls.certificate_header;
    assert_eq!(name.unwrap(), "x-client-cert");
    let mistakes = load_text(&trusted.replace("X-Client-Cert", "X Client")).unwrap_err();
    assert!(
        mistakes[0].contains("must be the name of a header"),
        "{mistakes:?}"
    );
}

#[test]
fn networks_to_fetch_from_are_written_with_their_length() {
    let config = load_text("[fetch]\nallowed_networks = [\"10.1.0.0/16\", \"fd00::/8\"]\n");
    assert_eq!(config.unwrap().fetch.reach.networks.len(), 2);
    let mistakes = load_text("[fetch]\nallowed_networks = [\"10.1.0.0\"]\n").unwrap_err();
    assert!(
        mistakes[0].contains("must be a list of networks"),
        "{mistakes:?}"
    );
}

#[test]
fn the_example_names_every_setting_and_its_defaults_are_the_defaults() {
    let text = example();
    assert!(load_text(&text).is_ok());
    // Those without a default hold something that only looks right.
    let without_default = [
        "mtls_listen",
        "public_url",
        "certificate",
        "key",
        "trusted_issuers",
        "certificate_header",
        "logo_url",
        "accent",
        "accent_dark",
        "template_dir",
        "models",
        "onnx_runtime",
        "locale_dir",
        "otlp_endpoint",
        "audience",
        "rp_id",
        "attestation_roots",
        "attestation_models",
        "url",
        "body",
        "headers_file",
        "signing_secret",
        "signing_secret_file",
        "password",
        "password_file",
        "from",
        "reply_to",
        "subject",
        "country_header",
        "password_lifetime",
        "password_warning",
        "trusted_browser",
        "rule",
    ];
    let uncommented = |line: &str| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') && !setting.is_empty() => {
            let key = setting.split(' ').next().unwrap();
            let kept = !without_default.contains(&key);
            if kept {
                setting.to_owned()
            } else {
                String::new()
            }
        }
        _ => line.to_owned(),
    };
    let set: Vec<String> = text.lines().map(uncommented).collect();
    let set = set.join("\n");
    let config = load_text(&set).unwrap();
    assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
}

#[test]
fn mail_needs_a_sender_and_keeps_its_password_apart() {
    let with = |settings: &str| {
        let url = "url = \"smtp://name@mail.example.com\"\n";
        load_text(&format!("[mail]\n{url}{settings}"))
    };
    let mistakes = with("").unwrap_err();
    assert_eq!(mistakes, ["line 2: `url` of [mail] needs `from` beside it"]);
    let from = "from = \"Example <no-reply@example.com>\"\n";
    let config = with(&format!("{from}password = \"s3cret\"\n")).unwrap();
    assert!(!format!("{config:?}").contains("s3cret"));
    let password = |url: &str| load_text(&format!("[mail]\nurl = \"{url}\"\n{from}"));
    for wrong in [
        "smtp://name:s3cret@mail.example.com",
        "http://mail.example.com",
        "smtp:mail.example.com",
        "smtps://mail.example.com/inbox",
        "mail.example.com",
    ] {
        let mistakes = password(wrong).unwrap_err();
        assert!(
            mistakes[0].starts_with("line 2: `url` must"),
            "{mistakes:?}"
        );
        assert!(!mistakes[0].contains("s3cret"));
    }
    assert!(with("from = \"nobody\"\n").is_err());
    let nameless = "[mail]\nurl = \"smtps://mail.example.com\"\npassword = \"s3cret\"\n";
    let mistakes = load_text(&format!("{nameless}{from}")).unwrap_err();
    assert!(
        mistakes[0].contains("needs a name in `url`"),
        "{mistakes:?}"
    );
}

#[test]
fn a_gateway_is_asked_over_tls_with_a_body_that_can_be_written() {
    let mistakes = |text: &str| load_text(text).unwrap_err().join("\n");
    let plain = "[sms]\nurl = \"http://sms.example.com/\"\n";
    assert!(mistakes(plain).starts_with("line 2: `url` must begin with https"));
    assert!(load_text(&format!("{plain}insecure = true\n")).is_ok());
    assert!(load_text("[sms]\nurl = \"http://127.0.0.1:8080/\"\n").is_ok());
    let body = "[voice]\nbody = '{\"to\": \"{{ to }}\"}'\n";
    assert!(mistakes(body).starts_with("line 2: `body`: it is not JSON"));
    let body = "[voice]\nbody = '{\"to\": {{ telephone }}}'\n";
    assert!(mistakes(body).starts_with("line 2: `body`: it is not a template"));
    let header = "[sms]\nheaders = [\"s3cret\"]\n";
    assert!(mistakes(header).contains("`headers` must be a list of headers"));
    assert!(!mistakes(header).contains("s3cret"));
    let address = "[sms]\nurl = \"https://name:s3cret@sms.example.com/\"\n";
    assert!(mistakes(address).contains("must have no user name and no password"));
    let named = "[push]\nsubject = \"ops@example.com\"\n";
    assert!(mistakes(named).contains("`subject` must be"));
}
