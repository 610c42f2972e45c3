//! Who the person of a grant is: how attributes come from where people sign on into the grant.

use serde_json::json;

use super::mapping::{
    ATTRIBUTE_SOURCE, FULFILLMENT, ISSUANCE_CRITERIA, PLAIN_REFERENCE, Target,
    attributes_of_grants, id_stays,
};
use super::{Facts, Resource, Rules, password_credential_validator, server_settings};
use crate::admin::schema::{
    Document, Field, NAME, Object, Problems, map_of_objects, object, objects, reference, text,
};

/// The attributes that every grant has.
const CORE: [&str; 2] = ["USER_KEY", "USER_NAME"];

const ADAPTER: &str = "idpAdapterRef";
const CONTRACT: &str = "authenticationPolicyContractRef";
const VALIDATOR: &str = "passwordValidatorRef";

/// `/oauth/idpAdapterMappings`
pub(crate) static IDP_ADAPTER_MAPPINGS: Resource = Resource::many(
    "/oauth/idpAdapterMappings",
    "idp_adapter_mapping",
    &Object {
        name: "IdpAdapterMapping",
        about: "How attributes come from an adapter by which people sign on into their grants.",
        fields: &[
            ID.about("The id of the adapter."),
            object(ADAPTER, &PLAIN_REFERENCE).about("The adapter; what the id says, unless given."),
            SOURCES,
            ATTRIBUTES,
            CRITERIA,
        ],
    },
)
.with(Rules {
    settle: |mapping| settle(mapping, ADAPTER),
    check: |mapping, facts, problems| check(mapping, ADAPTER, facts, problems),
    ..RULES
});

/// `/oauth/authenticationPolicyContractMappings`
pub(crate) static AUTHENTICATION_POLICY_CONTRACT_MAPPINGS: Resource = Resource::many(
    "/oauth/authenticationPolicyContractMappings",
    "authentication_policy_contract_mapping",
    &Object {
        name: "ApcToPersistentGrantMapping",
        about: "How attributes come from the contract of an authentication policy into grants.",
        fields: &[
            ID.about("The id of the contract."),
            object(CONTRACT, &PLAIN_REFERENCE)
                .about("The contract; what the id says, unless given."),
            SOURCES,
            ATTRIBUTES,
            CRITERIA,
        ],
    },
)
.with(Rules {
    settle: |mapping| settle(mapping, CONTRACT),
    check: |mapping, facts, problems| check(mapping, CONTRACT, facts, problems),
    ..RULES
});

/// `/oauth/resourceOwnerCredentialsMappings`
pub(crate) static RESOURCE_OWNER_CREDENTIALS_MAPPINGS: Resource = Resource::many(
    "/oauth/resourceOwnerCredentialsMappings",
    "resource_owner_credentials_mapping",
    &Object {
        name: "ResourceOwnerCredentialsMapping",
        about: "How attributes come from where a password was checked into grants.",
        fields: &[
            ID.about("The id of the validator."),
            reference(VALIDATOR, password_credential_validator::PATH)
                .about("What checks the password; what the id says, unless given."),
            SOURCES,
            ATTRIBUTES,
            CRITERIA,
        ],
    },
)
.with(Rules {
    settle: |mapping| settle(mapping, VALIDATOR),
    check: |mapping, facts, problems| check(mapping, VALIDATOR, facts, problems),
    ..RULES
});

const ID: Field = text("id", &NAME);
const SOURCES: Field = objects("attributeSources", &ATTRIBUTE_SOURCE);
const ATTRIBUTES: Field = map_of_objects("attributeContractFulfillment", &FULFILLMENT)
    .about("The value of USER_KEY, of USER_NAME, and of further attributes of grants.");
const CRITERIA: Field = object("issuanceCriteria", &ISSUANCE_CRITERIA).or_filled();

const RULES: Rules = Rules {
    consulted: &[&server_settings::SETTINGS],
    ..Rules::NONE
};

/// The id is that of what is mapped, whichever of the two is given.
fn settle(mapping: &mut Document, of: &str) {
    let id = mapping.get("id").cloned();
    let named = mapping.get(of).and_then(|it| it.get("id")).cloned();
    match (named, id) {
        (Some(named), _) => {
            mapping.insert("id".to_owned(), named);
        }
        (None, Some(id)) => {
            mapping.insert(of.to_owned(), json!({ "id": id }));
        }
        (None, None) => {}
    }
}

fn check(mapping: &Document, of: &str, facts: &Facts<'_>, problems: &mut Problems) {
    problems.require(mapping.contains_key("id"), of, "It must be given.");
    id_stays(mapping, of, facts, problems);
    let target = Target {
        required: &CORE,
        further: attributes_of_grants(facts),
        told_by: "persistentGrantContract in /oauth/authServerSettings",
    };
    target.check(mapping, "", problems);
}
