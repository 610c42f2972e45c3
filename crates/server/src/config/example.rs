//! A complete configuration file in which everything is explained and nothing is set.

use super::table::{SECTIONS, Setting, settings};

/// The example: every setting with its default, commented out.
pub(crate) fn example() -> String {
    let sections = SECTIONS.iter().map(|(name, about)| section(name, about));
    let parts: Vec<String> = std::iter::once(HEAD.to_owned()).chain(sections).collect();
    parts.join("\n")
}

fn section(name: &str, about: &str) -> String {
    let head = match name {
        "" => String::new(),
        _ => format!("# {about}\n[{name}]\n"),
    };
    let settings = settings().filter(|it| it.section == name).map(entry);
    std::iter::once(head).chain(settings).collect()
}

fn entry(setting: &Setting) -> String {
    let about = setting.about.replace('\n', "\n# ");
    format!("# {about}\n#{} = {}\n", setting.key, setting.example)
}

const HEAD: &str = "\
# Countersign: every setting with its default. Remove the # before those that you change.
#
# Each can also be set by an environment variable: COUNTERSIGN_, the section and the name in
# capitals, as in COUNTERSIGN_SERVER_LISTEN. A flag of the command line comes before the
# environment, and the environment before this file.
#
# Secrets do not belong here: COUNTERSIGN_MASTER_KEY takes the place of the file master.key in
# the data directory, and COUNTERSIGN_ADMIN_PASSWORD gives the administrator's first password.
";
