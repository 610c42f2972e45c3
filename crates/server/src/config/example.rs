//! A complete configuration file in which everything is explained and nothing is set.

use super::table::{SECTIONS, SETTINGS};

/// The example: every setting with its default, commented out.
pub(crate) fn example() -> String {
    let mut text = String::from(HEAD);
    for (section, about) in SECTIONS {
        text.push('\n');
        if !section.is_empty() {
            text.push_str(&format!("# {about}\n[{section}]\n"));
        }
        for setting in SETTINGS.iter().filter(|it| it.section == section) {
            for line in setting.about.lines() {
                text.push_str(&format!("# {line}\n"));
            }
            text.push_str(&format!("#{} = {}\n", setting.key, setting.example));
        }
    }
    text
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
