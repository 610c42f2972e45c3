//! Configuration files, and starts that they make impossible.

use std::path::Path;

use super::{Files, Run, command, run};

#[test]
fn config_check_names_every_mistake_with_its_line() {
    let files = Files::new();
    let path = files.with(
        "c.toml",
        "[server]\nlisen = \"x\"\n[tokens]\naudience = 1\n",
    );
    let checked = run(&["config", "check", &path]);
    assert_eq!(checked.code, 1);
    assert!(
        checked
            .err
            .contains("c.toml: line 2: unknown setting `lisen`; did you mean `listen`?")
    );
    assert!(
        checked.err.contains("c.toml: line 4: `audience`"),
        "{}",
        checked.err
    );
    let nowhere = files.path("nowhere.toml");
    let checked = run(&["config", "check", &nowhere]);
    let told = format!("countersign: {nowhere}: cannot be read: No such file or directory");
    assert!(
        checked.code == 1 && checked.err.starts_with(&told),
        "{}",
        checked.err
    );
    let example = run(&["config", "example"]);
    let path = files.with("example.toml", &example.out);
    let checked = run(&["config", "check", &path]);
    assert_eq!((checked.code, checked.err.as_str()), (0, ""));
}

#[test]
fn a_start_that_cannot_succeed_leaves_nothing_behind() {
    let files = Files::new();
    let data = files.path("data");
    let level = files.with("level.toml", "[log]\nlevel = \"inof\"\n");
    files.with("consent.html", "{% if %}");
    let templates = format!("[pages]\ntemplate_dir = {:?}\n", files.0.path());
    let template = files.with("template.toml", &templates);
    for (config, told) in [
        (&level, "level.toml: line 2: `level` must be one of"),
        (
            &template,
            "template.toml: line 2: `template_dir`: the template consent.html is faulty",
        ),
    ] {
        let checked = run(&["config", "check", config]);
        let started = run(&["serve", "--config", config, "--data-dir", &data]);
        for run in [checked, started] {
            assert!(run.code == 1 && run.err.contains(told), "{}", run.err);
        }
        assert!(!Path::new(&data).exists());
    }
}

#[test]
fn the_administrators_first_password_obeys_the_rules() {
    let files = Files::new();
    let data = files.path("data");
    for (password, rule) in [
        ("x", "a password has at least 8 characters"),
        ("password1", "a password is not one of the most common ones"),
        ("Administrator", "a password is not the user name"),
    ] {
        for deed in ["serve", "demo"] {
            let mut command = command(&[deed, "--data-dir", &data]);
            command.env("COUNTERSIGN_ADMIN_PASSWORD", password);
            let Run { code, err, .. } = command.output().unwrap().into();
            let told = "COUNTERSIGN_ADMIN_PASSWORD cannot be the administrator's password";
            assert_eq!((code, err), (1, format!("countersign: {told}: {rule}\n")));
            assert!(!Path::new(&data).exists());
        }
    }
}
