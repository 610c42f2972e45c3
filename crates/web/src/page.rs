//! HTML pages: a template, its words in the person's language, and the headers that keep it safe.
//!
//! Templates are the ones in `assets/templates`, or an operator's own of the same name from a
//! directory. The words come from `assets/locale`. A page never holds a script or a style of its
//! own, so the content security policy can forbid them.

mod brand;
pub(crate) mod error;
mod locale;
mod template;

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use minijinja::{Value, context};

pub use brand::{Colour, ColourFormat};
pub use locale::{Locale, Locales, WordsError};
pub use template::{Templates, TemplatesError};

use crate::asset;

/// How the pages present the operator.
#[derive(Clone, Debug)]
pub struct Brand {
    /// The product name in titles and sentences.
    pub name: String,
    /// Where the logo is; Countersign's mark, if `None`.
    pub logo_url: Option<String>,
    /// The accent colour (`#rrggbb`) of the light design.
    pub accent: Option<Colour>,
    /// The accent colour (`#rrggbb`) of the dark design; `accent`, if `None`.
    pub accent_dark: Option<Colour>,
}

impl Default for Brand {
    fn default() -> Self {
        Self {
            name: "Countersign".to_owned(),
            logo_url: None,
            accent: None,
            accent_dark: None,
        }
    }
}

/// Everything that a page is made with, but its contents.
pub struct Pages {
    templates: Templates,
    locales: Locales,
    brand: Brand,
    /// From where the pages may show images.
    image_sources: &'static str,
}

/// Who the person came from, to be shown in some language.
#[derive(Clone, Debug)]
pub(crate) struct ClientView {
    /// The client's name, or the id of the operator's words for it.
    pub name: String,
    /// Where its logo is, if it has one.
    pub logo_url: Option<String>,
    /// What it does, or the id of the operator's words for it.
    pub description: String,
    /// The extended properties that an administrator has given it.
    pub extended_parameters: BTreeMap<String, Vec<String>>,
}

impl From<&domain::Client> for ClientView {
    fn from(client: &domain::Client) -> Self {
        Self {
            name: client.name.clone(),
            logo_url: client.logo_url.clone(),
            description: client.description.clone(),
            extended_parameters: extended(client),
        }
    }
}

fn extended(client: &domain::Client) -> BTreeMap<String, Vec<String>> {
    let properties = client.extended_parameters.iter();
    properties
        .map(|(name, property)| (name.clone(), property.values.clone()))
        .collect()
}

impl ClientView {
    /// The client as templates have it.
    pub(crate) fn shown(&self, locales: &Locales, locale: Locale) -> Value {
        context! {
            name => locales.alias(locale, &self.name),
            logo_url => self.logo_url.clone(),
            description => locales.alias(locale, &self.description),
            extended_parameters => self.extended_parameters.clone(),
        }
    }
}

/// What is the same for every page of one request.
#[derive(Clone)]
pub struct Frame {
    /// The language of the page.
    pub locale: Locale,
    /// The path and query of the page, for the links to its other languages.
    pub address: String,
    /// The request's id, shown where a person may need to quote it.
    pub request_id: String,
}

/// A page that is ready to be sent.
pub struct Page {
    status: StatusCode,
    html: String,
    image_sources: &'static str,
    /// What `form-action` allows.
    form_action: String,
    /// Whether its scripts may ask the server.
    connects: bool,
}

impl Pages {
    /// Pages in the operator's design.
    pub fn new(templates: Templates, locales: Locales, brand: Brand) -> Self {
        Self {
            templates,
            locales,
            brand,
            image_sources: "'self' https: data:",
        }
    }

    /// The pages with logos that are fetched without TLS, for a server that is reached without it
    /// itself: on a developer's machine.
    #[must_use]
    pub const fn with_insecure_images(mut self) -> Self {
        self.image_sources = "'self' https: http: data:";
        self
    }

    /// The languages there are.
    pub const fn locales(&self) -> &Locales {
        &self.locales
    }

    /// The product name.
    pub(crate) fn brand_name(&self) -> &str {
        &self.brand.name
    }

    /// The operator's colours as a style sheet.
    pub fn brand_style(&self) -> String {
        brand::style(self.brand.accent, self.brand.accent_dark)
    }

    /// Renders the template `name` with what it shows.
    ///
    /// # Errors
    /// The template is missing or faulty; only an operator's own can be.
    pub fn render(&self, name: &str, frame: &Frame, shown: Value) -> Result<Page, TemplatesError> {
        let locale = frame.locale;
        let brand = &self.brand;
        let common = context! {
            lang => locale.tag(),
            dir => "ltr",
            brand => context! {
                name => brand.name.as_str(),
                logo_url => brand.logo_url.clone(),
                accent => brand.accent.map(|c| c.to_string()),
                accent_dark => brand.accent_dark.map(|c| c.to_string()),
            },
            client => Value::from(()),
            csrf => "",
            form_action => "",
            error => Value::from(()),
            flash => Value::from(()),
            asset_version => asset::VERSION,
            locales => locale::links(locale, &frame.address),
            request_id => frame.request_id.as_str(),
        };
        let html =
            self.templates
                .render(name, &self.locales, locale, context! { ..shown, ..common })?;
        Ok(Page {
            status: StatusCode::OK,
            html,
            image_sources: self.image_sources,
            form_action: "'self'".to_owned(),
            connects: false,
        })
    }
}

impl Page {
    /// The page with another status.
    #[must_use]
    pub const fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The page, whose scripts may ask the server that it is from, and have it work in the background.
    #[must_use]
    pub const fn connecting(mut self) -> Self {
        self.connects = true;
        self
    }

    /// The page, whose forms may lead to `source` in the end (CSP Level 3 §6.4.1): browsers hold
    /// the redirects after a form's submission to `form-action` too.
    #[must_use]
    pub fn leading_to(mut self, source: &str) -> Self {
        if !source.is_empty() {
            self.form_action.push(' ');
            self.form_action.push_str(source);
        }
        self
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let connects = match self.connects {
            true => "; connect-src 'self'; manifest-src 'self'; worker-src 'self'",
            false => "",
        };
        let policy = format!(
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src {}; \
             form-action {}; frame-ancestors 'none'; base-uri 'none'{connects}",
            self.image_sources, self.form_action
        );
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
            (CONTENT_SECURITY_POLICY, policy),
        ];
        (self.status, headers, self.html).into_response()
    }
}
