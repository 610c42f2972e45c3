//! The plug-ins of which there can be instances: what each is called and how it is configured.

use serde_json::{Value, json};

use super::access_token_manager::{JWT, PATH as ACCESS_TOKEN_MANAGERS, REFERENCE};
use super::authorization_detail::{PROCESSORS, SCHEMA_PROCESSOR};
use super::out_of_band::{PATH as OUT_OF_BAND_AUTH_PLUGINS, PING_ONE_MFA};
use super::password_credential_validator::{
    LDAP, PATH as PASSWORD_CREDENTIAL_VALIDATORS, RADIUS, SIMPLE,
};
use super::plugin::SECRET_FIELDS;
use super::registration_policy::{PATH as CLIENT_REGISTRATION_POLICIES, RESPONSE_TYPES};
use crate::admin::schema::{LINE, NAME, Object, PROSE, flag, object, objects, text};

/// A kind of plug-in.
pub(crate) struct Plugin {
    /// The collection of its instances.
    pub(crate) collection: &'static str,
    /// Its id, which instances name.
    pub(crate) id: &'static str,
    name: &'static str,
    /// Its fields, each with its default.
    pub(super) fields: &'static [(&'static str, &'static str)],
    /// Its tables, each with its columns.
    pub(super) tables: &'static [(&'static str, &'static [&'static str])],
}

/// Every plug-in.
pub(crate) const PLUGINS: &[Plugin] = &[
    Plugin {
        collection: ACCESS_TOKEN_MANAGERS,
        id: JWT,
        name: "JSON Web Tokens",
        fields: &[
            ("Token Lifetime", "120"),
            ("Use Centralized Signing Key", "false"),
            ("JWS Algorithm", ""),
            ("Active Symmetric Key ID", ""),
            ("Active Signing Certificate Key ID", ""),
            ("JWE Algorithm", ""),
            ("JWE Content Encryption Algorithm", ""),
            ("Active Symmetric Encryption Key ID", ""),
            ("Asymmetric Encryption Key", ""),
            ("Asymmetric Encryption JWKS URL", ""),
            ("Enable Token Revocation", "false"),
            ("Include Key ID Header Parameter", "true"),
            ("Include X.509 Thumbprint Header Parameter", "false"),
            ("Default JWKS URL Cache Duration", "720"),
            ("Include JWE Key ID Header Parameter", "true"),
            ("Include JWE X.509 Thumbprint Header Parameter", "false"),
            ("Client ID Claim Name", "client_id"),
            ("Scope Claim Name", "scope"),
            ("Space Delimit Scope Values", "false"),
            ("Authorization Details Claim Name", "authorization_details"),
            ("Issuer Claim Value", ""),
            ("Audience Claim Value", ""),
            ("Not Before Claim Offset", ""),
            ("Include Issued At Claim", "false"),
            ("JWT ID Claim Length", "0"),
            ("Access Grant GUID Claim Name", ""),
            ("JWKS Endpoint Path", ""),
            ("JWKS Endpoint Cache Duration", "720"),
            ("Publish Key ID X.509 URL", "false"),
            ("Publish Thumbprint X.509 URL", "false"),
            ("Expand Scope Groups", "false"),
            ("Type Header Value", ""),
        ],
        tables: &[
            ("Symmetric Keys", &["Key ID", "Key", "Encoding"]),
            ("Certificates", &["Key ID", "Certificate"]),
        ],
    },
    Plugin {
        collection: ACCESS_TOKEN_MANAGERS,
        id: REFERENCE,
        name: "Internally Managed Reference Tokens",
        fields: &[
            ("Token Length", "28"),
            ("Token Lifetime", "120"),
            ("Lifetime Extension Policy", "NONE"),
            ("Maximum Token Lifetime", ""),
            ("Lifetime Extension Threshold Percentage", "30"),
            ("Mode for Synchronous RPC", "3"),
            ("RPC Timeout", "500"),
            ("Expand Scope Groups", "false"),
        ],
        tables: &[],
    },
    Plugin {
        collection: PASSWORD_CREDENTIAL_VALIDATORS,
        id: SIMPLE,
        name: "Simple Username Password Credential Validator",
        fields: &[],
        tables: &[(
            "Users",
            &[
                "Username",
                "Password",
                "Confirm Password",
                "Relax Password Requirements",
            ],
        )],
    },
    Plugin {
        collection: PASSWORD_CREDENTIAL_VALIDATORS,
        id: LDAP,
        name: "LDAP Username Password Credential Validator",
        fields: &[],
        tables: &[],
    },
    Plugin {
        collection: PASSWORD_CREDENTIAL_VALIDATORS,
        id: RADIUS,
        name: "RADIUS Username Password Credential Validator",
        fields: &[],
        tables: &[],
    },
    Plugin {
        collection: OUT_OF_BAND_AUTH_PLUGINS,
        id: PING_ONE_MFA,
        name: "PingOne MFA CIBA Authenticator",
        fields: &[
            ("PingOne Environment", ""),
            ("Application", ""),
            ("PingOne Authentication Policy", ""),
            ("Test Username", ""),
            ("PingOne Template Name", ""),
            ("PingOne Template Variant", ""),
            ("Client Context", ""),
            ("Messages Files", ""),
            ("API Request Timeout", "5000"),
            ("Proxy Settings", "System Defaults"),
        ],
        tables: &[("PingOne Template Variables", &["Name", "Value"])],
    },
    Plugin {
        collection: PROCESSORS,
        id: SCHEMA_PROCESSOR,
        name: "JSON Schema Authorization Detail Processor",
        fields: &[
            ("JSON Schema", ""),
            ("Consent Template", ""),
            ("Approved With A Factor", "false"),
        ],
        tables: &[
            ("Translations", &["Language", "Consent Template"]),
            ("Words", &["Value", "Words", "Language"]),
        ],
    },
    Plugin {
        collection: CLIENT_REGISTRATION_POLICIES,
        id: RESPONSE_TYPES,
        name: "Response Types Constraints",
        fields: &[
            ("code", "true"),
            ("code id_token", "true"),
            ("code id_token token", "true"),
            ("code token", "true"),
            ("id_token", "true"),
            ("id_token token", "true"),
            ("token", "true"),
        ],
        tables: &[],
    },
];

/// The fields of plug-ins of whose values there are only some.
pub(super) const CHOICES: &[(&str, &[&str])] = &[
    (
        "JWS Algorithm",
        &[
            "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512",
            "PS256", "PS384", "PS512",
        ],
    ),
    (
        "JWE Algorithm",
        &[
            "dir",
            "A128KW",
            "A192KW",
            "A256KW",
            "A128GCMKW",
            "A192GCMKW",
            "A256GCMKW",
            "ECDH-ES",
            "ECDH-ES+A128KW",
            "ECDH-ES+A192KW",
            "ECDH-ES+A256KW",
            "RSA-OAEP",
            "RSA-OAEP-256",
        ],
    ),
    (
        "JWE Content Encryption Algorithm",
        &[
            "A128CBC-HS256",
            "A192CBC-HS384",
            "A256CBC-HS512",
            "A128GCM",
            "A192GCM",
            "A256GCM",
        ],
    ),
    ("Lifetime Extension Policy", &["ALL", "TRANSIENT", "NONE"]),
];

/// The values that a field may have, if there are only some.
pub(super) fn choices(field: &str) -> Option<&'static [&'static str]> {
    let mut choices = CHOICES.iter();
    choices.find(|(name, _)| *name == field).map(|(_, it)| *it)
}

/// A plug-in as the API describes it.
pub(crate) const PLUGIN: Object = Object {
    name: "PluginDescriptor",
    about: "A kind of plug-in.",
    fields: &[
        text("id", &NAME).required(),
        text("name", &NAME).required(),
        text("className", &NAME).required(),
        flag("supportsExtendedContract").about("Whether instances may have further attributes."),
        object("configDescriptor", &CONFIGURATION).or_filled(),
    ],
};

const CONFIGURATION: Object = Object {
    name: "PluginConfigDescriptor",
    about: "How instances of a plug-in are configured.",
    fields: &[
        text("description", &PROSE).or_text(""),
        objects("fields", &FIELD),
        objects("tables", &TABLE),
    ],
};

#[rustfmt::skip]
const FIELD: Object = Object {
    name: "FieldDescriptor",
    about: "A field of the configuration of a plug-in.",
    fields: &[
        text("type", &LINE).required().about("HASHED_TEXT, if its value is a secret; SELECT, if it is one of some; else TEXT."),
        text("name", &NAME).required(),
        text("label", &NAME).required(),
        text("defaultValue", &LINE),
        objects("optionValues", &OPTION).optional().about("The values of which it is one."),
        flag("advanced"),
        flag("required"),
    ],
};

const OPTION: Object = Object {
    name: "OptionValue",
    about: "A value of which a field may be one.",
    fields: &[
        text("name", &NAME).required(),
        text("value", &NAME).required(),
    ],
};

const TABLE: Object = Object {
    name: "TableDescriptor",
    about: "A table of the configuration of a plug-in.",
    fields: &[
        text("name", &NAME).required(),
        text("label", &NAME).required(),
        objects("columns", &FIELD),
        flag("requireDefaultRow"),
    ],
};

impl Plugin {
    /// The plug-in as the API describes it.
    pub(crate) fn shown(&self) -> Value {
        let fields: Vec<Value> = self.fields.iter().copied().map(field).collect();
        let tables = self.tables.iter().map(|(name, columns)| {
            let columns: Vec<Value> = columns.iter().map(|name| field((name, ""))).collect();
            json!({ "name": name, "label": name, "columns": columns, "requireDefaultRow": false })
        });
        let tables: Vec<Value> = tables.collect();
        json!({
            "id": self.id,
            "name": self.name,
            "className": self.id,
            "supportsExtendedContract": true,
            "configDescriptor": { "description": "", "fields": fields, "tables": tables },
        })
    }
}

fn field((name, default): (&str, &str)) -> Value {
    let choices = choices(name);
    let kind = match choices {
        Some(_) => "SELECT",
        None if SECRET_FIELDS.contains(&name) => "HASHED_TEXT",
        None => "TEXT",
    };
    let mut shown = json!({
        "type": kind, "name": name, "label": name, "advanced": false, "required": false,
    });
    if let (false, Value::Object(shown)) = (default.is_empty(), &mut shown) {
        shown.insert("defaultValue".to_owned(), json!(default));
    }
    if let (Some(choices), Value::Object(shown)) = (choices, &mut shown) {
        let option = |it: &&str| json!({ "name": it, "value": it });
        shown.insert(
            "optionValues".to_owned(),
            choices.iter().map(option).collect(),
        );
    }
    shown
}
