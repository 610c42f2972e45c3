//! Which text of a template it is.

use super::builtin::BUILTIN;
use super::{Content, Method, NAMES, TemplateError};

/// The language when none that is wanted is there.
pub const DEFAULT_LOCALE: &str = "en";

/// The texts of an environment: its own, and behind them those that are built in.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    own: Vec<Content>,
    default_locale: Option<String>,
}

impl Templates {
    /// Those of an environment with these texts of its own.
    pub fn new(own: Vec<Content>) -> Self {
        Self {
            own,
            default_locale: None,
        }
    }

    /// With another language for those whose languages are not there.
    #[must_use]
    pub fn with_default_locale(mut self, locale: impl Into<String>) -> Self {
        self.default_locale = Some(locale.into());
        self
    }

    /// The text of a template for a method in the first of these languages that it is there in: as it
    /// is named, or at least in its language; else in the default language, else in any.
    pub fn find<'a>(
        &'a self,
        template: &str,
        variant: Option<&str>,
        method: Method,
        wanted: &[&str],
    ) -> Result<&'a Content, TemplateError> {
        let contents = self.contents(template, variant, method)?;
        let default = self.default_locale.as_deref().unwrap_or(DEFAULT_LOCALE);
        let wanted = wanted.iter().chain([&default, &DEFAULT_LOCALE]);
        let mut found = wanted.filter_map(|locale| in_locale(&contents, locale));
        let content = found.next().or_else(|| contents.first().copied());
        content.ok_or_else(|| TemplateError::NoContent {
            template: template.to_owned(),
            method,
        })
    }

    /// The texts of a template for a method in every language: the environment's own, or where it has
    /// none for this method, those that are built in.
    pub(in crate::approval) fn contents(
        &self,
        template: &str,
        variant: Option<&str>,
        method: Method,
    ) -> Result<Vec<&Content>, TemplateError> {
        self.check_name(template, variant)?;
        let is_it = |it: &&Content| {
            it.template == template && it.method == method && it.is_variant(variant)
        };
        let own: Vec<&Content> = self.own.iter().filter(is_it).collect();
        match own.is_empty() {
            true => Ok(BUILTIN.iter().filter(is_it).collect()),
            false => Ok(own),
        }
    }

    /// Whether requests may bring values of their own to a template.
    pub(in crate::approval) fn takes_variables(template: &str) -> bool {
        NAMES.contains(&(template, true))
    }

    fn check_name(&self, template: &str, variant: Option<&str>) -> Result<(), TemplateError> {
        if !NAMES.iter().any(|(name, _)| *name == template) {
            return Err(TemplateError::UnknownTemplate(template.to_owned()));
        }
        let contents = self.own.iter().chain(BUILTIN.iter());
        let mut contents = contents.filter(|it| it.template == template);
        match (variant, contents.any(|it| it.is_variant(variant))) {
            (Some(variant), false) => Err(TemplateError::UnknownVariant {
                template: template.to_owned(),
                variant: variant.to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

/// The first text in this language: exactly, or without what is said of the country.
fn in_locale<'a>(contents: &[&'a Content], wanted: &str) -> Option<&'a Content> {
    let wanted = wanted.replace('_', "-");
    let language = wanted.split('-').next().unwrap_or_default();
    let named = |locale: &str| {
        let mut found = contents.iter();
        found
            .find(|it| it.locale.replace('_', "-").eq_ignore_ascii_case(locale))
            .copied()
    };
    named(&wanted).or_else(|| named(language))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sms(locale: &str, variant: Option<&str>, text: &str) -> Content {
        let value = json!({"template": {"id": "general"}, "locale": locale, "deliveryMethod": "SMS",
            "variant": variant, "content": text});
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_language_is_the_one_asked_for_or_its_parent_or_the_default() {
        let own = vec![
            sms("es", None, "es"),
            sms("es-MX", None, "es-MX"),
            sms("it", None, "it"),
            sms("en", None, "en"),
        ];
        let templates = Templates::new(own);
        let found = |wanted: &[&str]| {
            let content = templates
                .find("general", None, Method::Sms, wanted)
                .unwrap();
            content.body.source().to_owned()
        };
        assert_eq!(found(&["es-MX"]), "es-MX");
        assert_eq!(found(&["es_mx"]), "es-MX");
        assert_eq!(found(&["es-ES"]), "es");
        assert_eq!(found(&["ja", "it-CH"]), "it");
        assert_eq!(found(&["ja"]), "en");
        assert_eq!(found(&[]), "en");
        let templates = templates.clone().with_default_locale("it");
        let content = templates.find("general", None, Method::Sms, &["ja"]);
        assert_eq!(content.unwrap().locale, "it");
    }

    #[test]
    fn variants_are_found_whatever_their_case_and_never_made_up() {
        let templates = Templates::new(vec![sms("en", Some("Variant_C"), "own")]);
        let find = |name, variant, method| templates.find(name, variant, method, &[]);
        let found = find("general", Some("vARIANT_c"), Method::Sms).unwrap();
        assert_eq!(found.body.source(), "own");
        assert!(matches!(
            find("general", Some("other"), Method::Sms),
            Err(TemplateError::UnknownVariant { .. })
        ));
        assert!(matches!(
            find("general", Some("variant_c"), Method::Email),
            Err(TemplateError::NoContent { .. })
        ));
        assert!(matches!(
            find("nothing", None, Method::Sms),
            Err(TemplateError::UnknownTemplate(_))
        ));
    }

    #[test]
    fn every_template_is_built_in_for_every_method_in_four_languages() {
        let templates = Templates::default();
        for (name, _) in NAMES {
            for method in Method::ALL {
                for locale in ["en", "de", "fr", "es"] {
                    let content = templates.find(name, None, method, &[locale]).unwrap();
                    assert_eq!((content.locale.as_str(), content.is_html), (locale, false));
                }
            }
        }
    }
}
