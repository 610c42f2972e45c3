//! How attributes come from one part of the configuration into another: what many resources have
//! in common.

use serde_json::Value;

use super::{Facts, server_settings};
use crate::admin::schema::{
    Document, LINE, LINE_OR_EMPTY, NAME, Object, PROSE, Problems, below, flag, json,
    map_of_objects, object, objects, set_of_texts, shortened, text, texts, word,
};

/// Where the value of an attribute comes from.
const SOURCE_TYPES: &[&str] = &[
    "TOKEN_EXCHANGE_PROCESSOR_POLICY",
    "ACCOUNT_LINK",
    "ADAPTER",
    "ASSERTION",
    "CONTEXT",
    "CUSTOM_DATA_STORE",
    "EXPRESSION",
    "JDBC_DATA_STORE",
    "LDAP_DATA_STORE",
    "PING_ONE_LDAP_GATEWAY_DATA_STORE",
    "MAPPED_ATTRIBUTES",
    "NO_MAPPING",
    "TEXT",
    "TOKEN",
    "REQUEST",
    "OAUTH_PERSISTENT_GRANT",
    "SUBJECT_TOKEN",
    "ACTOR_TOKEN",
    "PASSWORD_CREDENTIAL_VALIDATOR",
    "IDP_CONNECTION",
    "AUTHENTICATION_POLICY_CONTRACT",
    "CLAIMS",
    "LOCAL_IDENTITY_PROFILE",
    "EXTENDED_CLIENT_METADATA",
    "EXTENDED_PROPERTIES",
    "TRACKED_HTTP_PARAMS",
    "FRAGMENT",
    "INPUTS",
    "ATTRIBUTE_QUERY",
    "IDENTITY_STORE_USER",
    "IDENTITY_STORE_GROUP",
    "SCIM_USER",
    "SCIM_GROUP",
];

/// How the value of an attribute is compared.
const CONDITIONS: &[&str] = &[
    "EQUALS",
    "EQUALS_CASE_INSENSITIVE",
    "EQUALS_DN",
    "NOT_EQUAL",
    "NOT_EQUAL_CASE_INSENSITIVE",
    "NOT_EQUAL_DN",
    "MULTIVALUE_CONTAINS",
    "MULTIVALUE_CONTAINS_CASE_INSENSITIVE",
    "MULTIVALUE_CONTAINS_DN",
    "MULTIVALUE_DOES_NOT_CONTAIN",
    "MULTIVALUE_DOES_NOT_CONTAIN_CASE_INSENSITIVE",
    "MULTIVALUE_DOES_NOT_CONTAIN_DN",
];

const SOURCE: Object = Object {
    name: "SourceTypeIdKey",
    about: "Where a value comes from.",
    fields: &[
        word("type", SOURCE_TYPES).required(),
        text("id", &NAME).about("Which of the sources of this type."),
    ],
};

/// The value of one attribute.
pub(super) const FULFILLMENT: Object = Object {
    name: "AttributeFulfillmentValue",
    about: "The value of an attribute, and where it comes from.",
    fields: &[
        object("source", &SOURCE).required(),
        text("value", &PROSE)
            .required()
            .about("The value, or its name at the source."),
    ],
};

/// Where attributes come from, and on which conditions.
pub(super) const ATTRIBUTE_MAPPING: Object = Object {
    name: "AttributeMapping",
    about: "Where attributes come from, and on which conditions.",
    fields: &[
        objects("attributeSources", &ATTRIBUTE_SOURCE),
        map_of_objects("attributeContractFulfillment", &FULFILLMENT),
        object("issuanceCriteria", &ISSUANCE_CRITERIA).or_filled(),
    ],
};

/// Data that is looked up on the way.
#[rustfmt::skip]
pub(super) const ATTRIBUTE_SOURCE: Object = Object {
    name: "AttributeSource",
    about: "Data that is looked up on the way.",
    fields: &[
        word("type", &["LDAP", "PING_ONE_LDAP_GATEWAY", "JDBC", "CUSTOM"]).required(),
        object("dataStoreRef", &PLAIN_REFERENCE).required(),
        text("id", &NAME),
        text("description", &LINE_OR_EMPTY),
        map_of_objects("attributeContractFulfillment", &FULFILLMENT).optional(),
        text("baseDn", &LINE).about("LDAP: where to look."),
        word("searchScope", &["OBJECT", "ONE_LEVEL", "SUBTREE"]).about("LDAP: how deep to look."),
        text("searchFilter", &PROSE).about("LDAP: what to look for."),
        texts("searchAttributes", &LINE).optional().about("LDAP: what to return."),
        json("binaryAttributeSettings").about("LDAP: how binary attributes are encoded."),
        flag("memberOfNestedGroup").optional().about("LDAP: whether groups within groups count."),
        text("schema", &LINE_OR_EMPTY).about("JDBC: where the table is."),
        text("table", &LINE).about("JDBC: the table."),
        texts("columnNames", &LINE).optional().about("JDBC: what to return."),
        text("filter", &PROSE).about("JDBC: the condition."),
        json("filterFields").about("Custom: what to look for."),
    ],
};

/// A reference to something that this API does not have.
pub(super) const PLAIN_REFERENCE: Object = Object {
    name: "ResourceLink",
    about: "A reference.",
    fields: &[
        text("id", &NAME).required(),
        text("location", &LINE).read_only(),
    ],
};

/// What has to be true for anything to be issued.
pub(super) const ISSUANCE_CRITERIA: Object = Object {
    name: "IssuanceCriteria",
    about: "What has to be true for anything to be issued.",
    fields: &[
        objects("conditionalCriteria", &CONDITIONAL),
        objects("expressionCriteria", &EXPRESSION),
    ],
};

const CONDITIONAL: Object = Object {
    name: "ConditionalIssuanceCriteriaEntry",
    about: "A comparison of an attribute with a value.",
    fields: &[
        object("source", &SOURCE).required(),
        text("attributeName", &LINE).required(),
        word("condition", CONDITIONS).required(),
        text("value", &PROSE).required(),
        text("errorResult", &LINE_OR_EMPTY).about("What is told when it is not true."),
    ],
};

const EXPRESSION: Object = Object {
    name: "ExpressionIssuanceCriteriaEntry",
    about: "An expression that has to be true.",
    fields: &[
        text("expression", &PROSE).required(),
        text("errorResult", &LINE_OR_EMPTY).about("What is told when it is not true."),
    ],
};

/// An attribute.
pub(super) const ATTRIBUTE: Object = Object {
    name: "Attribute",
    about: "An attribute.",
    fields: &[
        text("name", &NAME).required(),
        flag("multiValued")
            .optional()
            .about("Whether it has several values."),
    ],
};

/// The attributes that there are: those that are always there, and others.
pub(super) const CONTRACT: Object = Object {
    name: "AttributeContract",
    about: "The attributes that there are.",
    fields: &[
        objects("coreAttributes", &ATTRIBUTE).read_only(),
        objects("extendedAttributes", &ATTRIBUTE),
    ],
};

/// Texts by themselves.
pub(super) const VALUES: Object = Object {
    name: "ParameterValues",
    about: "Values.",
    fields: &[set_of_texts("values", &LINE)],
};

/// Notes that a replacement is about something else, whose id is another: `of` is where it says so.
pub(super) fn id_stays(mapping: &Document, of: &str, facts: &Facts<'_>, problems: &mut Problems) {
    let before = facts.existing.and_then(|existing| existing.get("id"));
    problems.require(
        before.is_none_or(|before| mapping.get("id") == Some(before)),
        of,
        "It is what the id is made of, and cannot be changed: make another mapping.",
    );
}

/// The attributes into which a mapping leads.
pub(super) struct Target<'a> {
    /// Those that it has to lead into.
    pub(super) required: &'a [&'a str],
    /// Those that it may lead into besides.
    pub(super) further: Vec<&'a str>,
    /// What says which there are.
    pub(super) told_by: &'static str,
}

impl Target<'_> {
    /// Notes what the mapping at `path` does not lead into although it has to, what it leads into
    /// although it is not there, and data that nobody looks up.
    pub(super) fn check(&self, mapping: &Document, path: &str, problems: &mut Problems) {
        let given = mapping.get("attributeContractFulfillment");
        let given = given.and_then(Value::as_object);
        let path = below(path, "attributeContractFulfillment");
        for name in self.required {
            let is_given = given.is_some_and(|given| given.contains_key(*name));
            let message = "It is always there: say what it is.";
            problems.require(is_given, &below(&path, name), message);
        }
        let sources = names(mapping, "attributeSources", "id");
        for (name, value) in given.into_iter().flatten() {
            let at = below(&path, name);
            let is_known =
                self.required.contains(&name.as_str()) || self.further.contains(&name.as_str());
            let message = format!(
                "There is no attribute {}: see {}.",
                shortened(name),
                self.told_by
            );
            problems.require(is_known, &at, &message);
            problems.require(
                is_looked_up(value, &sources),
                &below(&at, "source"),
                "It names none of attributeSources.",
            );
        }
    }
}

/// Whether the source of a value, if it is a store of data, is one of these.
fn is_looked_up(value: &Value, sources: &[&str]) -> bool {
    let source = |member: &str| value.get("source")?.get(member)?.as_str();
    let is_store = source("type").is_some_and(|kind| kind.ends_with("_DATA_STORE"));
    !is_store || source("id").is_none_or(|id| sources.contains(&id))
}

/// The texts `member` of the objects in a list.
pub(super) fn names<'a>(document: &'a Document, list: &str, member: &str) -> Vec<&'a str> {
    let list = document.get(list).and_then(Value::as_array);
    let list = list.into_iter().flatten();
    list.filter_map(|it| it.get(member).and_then(Value::as_str))
        .collect()
}

/// The attributes in the contract of a document, which is its member `contract`.
pub(super) fn attributes<'a>(document: &'a Document, contract: &str) -> Vec<&'a str> {
    let contract = document.get(contract).and_then(Value::as_object);
    let of = |list: &str| contract.map(|it| names(it, list, "name"));
    let lists = ["coreAttributes", "extendedAttributes"].into_iter();
    lists.filter_map(of).flatten().collect()
}

/// The attributes of grants, by the settings of the authorization server.
pub(super) fn attributes_of_grants<'a>(facts: &Facts<'a>) -> Vec<&'a str> {
    let settings = facts.one(&server_settings::SETTINGS);
    settings.map_or_else(Vec::new, |it| attributes(it, "persistentGrantContract"))
}
