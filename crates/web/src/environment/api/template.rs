//! `/v1/environments/{environment}/templates`: in which words people are told things.
//!
//! A template is there once and for all; its contents are an environment's own texts, each for one
//! method of delivery, in one language, of one variant. Where there is none for a method, the built-in
//! texts are used.

mod content;

use std::sync::Arc;

use authn::approval::template::{Method, NAMES, allows_dynamic_variables, required};
use axum::extract::{FromRequestParts, Path};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use domain::Uuid;
use http::StatusCode;
use http::request::Parts;
use serde_json::{Map, Value, json};

use self::content::{Slot, read as read_content};
use super::collection::Listing;
use super::given::Given;
use super::house::House;
use super::shelf::{Deed, Kept, Shelf};
use super::user::Who;
use super::{Answer, shown};
use crate::app::App;
use crate::environment::error::{ApiError, Detail};
use crate::live::{CONTENT, CONTENTS};

/// Where the contents of all templates are kept.
const SHELF: Shelf = Shelf {
    prefix: CONTENTS,
    noun: "template_content",
};

/// The most contents of an environment: all of them are kept in memory.
const MOST: usize = 500;

/// The routes of all templates.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/environments/{environment}/templates", get(list))
        .route(
            "/environments/{environment}/templates/{template}",
            get(read),
        )
        .route(
            "/environments/{environment}/templates/{template}/contents",
            get(contents).post(create),
        )
        .route(
            "/environments/{environment}/templates/{template}/contents/{id}",
            get(content).put(replace).delete(delete),
        )
}

/// The template that a request names in its path.
pub(super) struct Template {
    name: String,
    takes_variables: bool,
    /// Which of its contents, if it names one.
    id: String,
}

impl FromRequestParts<Arc<App>> for Template {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let named = Path::<Vec<(String, String)>>::from_request_parts(parts, app).await;
        let named = named.map_err(|_| ApiError::NotFound)?.0;
        let of = |wanted: &str| {
            let found = named.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.clone())
        };
        let name = of("template").unwrap_or_default();
        let takes_variables = allows_dynamic_variables(&name);
        Ok(Self {
            takes_variables: takes_variables.ok_or(ApiError::NotFound)?,
            id: of("id").unwrap_or_default(),
            name,
        })
    }
}

impl Template {
    fn is_of(&self, kept: &Kept) -> bool {
        let content = kept.members.get(CONTENT);
        let template = content.and_then(|it| it.get("template")?.get("id")?.as_str());
        template == Some(self.name.as_str())
    }

    fn described(&self, house: &House) -> Value {
        let address = format!("{}/templates/{}", house.address, self.name);
        let methods = Method::ALL.map(|method| {
            let variables = required(&self.name, method);
            (
                method.name().to_owned(),
                json!({ "requiredVariables": variables }),
            )
        });
        json!({
            "_links": {
                "self": { "href": address },
                "contents": { "href": format!("{address}/contents") },
            },
            "id": self.name,
            "environment": { "id": house.environment.id },
            "allowDynamicVariables": self.takes_variables,
            "deliveryMethods": Map::from_iter(methods),
        })
    }

    fn of_content(&self, id: &str, members: &Map<String, Value>, house: &House) -> Value {
        let template = format!("{}/templates/{}", house.address, self.name);
        let mut described = json!({
            "_links": {
                "self": { "href": format!("{template}/contents/{id}") },
                "template": { "href": template },
            },
            "id": id,
            "environment": { "id": house.environment.id },
        });
        if let Some(described) = described.as_object_mut() {
            let content = members.get(CONTENT).and_then(Value::as_object);
            described.extend(content.cloned().unwrap_or_default());
            for time in ["createdAt", "updatedAt"] {
                described.extend(members.get(time).map(|it| (time.to_owned(), it.clone())));
            }
        }
        described
    }
}

/// `GET /templates`.
pub(super) async fn list(house: House, listing: Listing) -> Answer {
    unfiltered(&listing)?;
    let all = NAMES.iter().map(|(name, takes_variables)| {
        let template = Template {
            name: (*name).to_owned(),
            takes_variables: *takes_variables,
            id: String::new(),
        };
        template.described(&house)
    });
    let address = format!("{}/templates", house.address);
    let collection = listing.collection(&address, "templates", all.collect());
    Ok(shown(StatusCode::OK, &collection))
}

/// `GET /templates/{template}`.
pub(super) async fn read(house: House, template: Template) -> Answer {
    Ok(shown(StatusCode::OK, &template.described(&house)))
}

/// `GET /templates/{template}/contents`: those of the environment's own.
pub(super) async fn contents(house: House, template: Template, listing: Listing) -> Answer {
    unfiltered(&listing)?;
    let all = SHELF.all(&house.app).await?;
    let all = all.iter().filter(|it| template.is_of(it));
    let all = all.map(|it| template.of_content(&it.id, &it.members, &house));
    let address = format!("{}/templates/{}/contents", house.address, template.name);
    let collection = listing.collection(&address, "contents", all.collect());
    Ok(shown(StatusCode::OK, &collection))
}

/// `POST /templates/{template}/contents`.
pub(super) async fn create(
    house: House,
    template: Template,
    Extension(who): Who,
    given: Given,
) -> Answer {
    let id = Uuid::new(house.app.random()).to_string();
    let now = Value::from(house.app.now().to_string());
    let content = read_content(&template.name, &given.members)?;
    let mut members = Map::new();
    members.insert(CONTENT.to_owned(), content);
    members.insert("createdAt".to_owned(), now.clone());
    members.insert("updatedAt".to_owned(), now);
    let decide = |all: &[Kept]| {
        if all.len() >= MOST {
            let message = format!("An environment has at most {MOST} contents.");
            let detail = Detail::constraint("contents", message);
            return Err(ApiError::Invalid(vec![detail]));
        }
        alone(&members, &id, all)
    };
    SHELF.change(&house, &who, decide).await?;
    let created = template.of_content(&id, &members, &house);
    Ok(shown(StatusCode::CREATED, &created))
}

/// `GET /templates/{template}/contents/{id}`.
pub(super) async fn content(house: House, template: Template) -> Answer {
    let kept = SHELF.find(&house.app, &template.id).await?;
    match template.is_of(&kept) {
        true => {
            let described = template.of_content(&kept.id, &kept.members, &house);
            Ok(shown(StatusCode::OK, &described))
        }
        false => Err(ApiError::NotFound),
    }
}

/// `PUT /templates/{template}/contents/{id}`, which replaces it whole.
pub(super) async fn replace(
    house: House,
    template: Template,
    Extension(who): Who,
    given: Given,
) -> Answer {
    let before = SHELF.find(&house.app, &template.id).await?;
    let mut members = before.members.clone();
    let content = read_content(&template.name, &given.members)?;
    members.insert(CONTENT.to_owned(), content);
    members.insert("updatedAt".to_owned(), house.app.now().to_string().into());
    let decide = |all: &[Kept]| {
        template.expect_in(all)?;
        alone(&members, &template.id, all)
    };
    SHELF.change(&house, &who, decide).await?;
    let changed = template.of_content(&template.id, &members, &house);
    Ok(shown(StatusCode::OK, &changed))
}

/// `DELETE /templates/{template}/contents/{id}`.
pub(super) async fn delete(
    house: House,
    template: Template,
    Extension(who): Who,
) -> Result<Response, ApiError> {
    let decide = |all: &[Kept]| {
        template.expect_in(all)?;
        Ok(Deed {
            id: template.id.clone(),
            after: None,
        })
    };
    SHELF.change(&house, &who, decide).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

impl Template {
    /// The content that is named must be one of this template's.
    fn expect_in(&self, all: &[Kept]) -> Result<(), ApiError> {
        let mut all = all.iter();
        match all.any(|it| it.id == self.id && self.is_of(it)) {
            true => Ok(()),
            false => Err(ApiError::NotFound),
        }
    }
}

/// A content, if none is there already for the same method, language and variant.
fn alone(members: &Map<String, Value>, id: &str, all: &[Kept]) -> Result<Deed, ApiError> {
    let slot = Slot::of(members);
    let mut others = all.iter().filter(|it| it.id != id);
    if others.any(|it| Slot::of(&it.members) == slot) {
        return Err(ApiError::Invalid(vec![Detail::taken("locale")]));
    }
    Ok(Deed {
        id: id.to_owned(),
        after: Some(members.clone()),
    })
}

fn unfiltered(listing: &Listing) -> Result<(), ApiError> {
    match listing.filter {
        None => Ok(()),
        Some(_) => {
            let detail = Detail::invalid("filter", "This collection is not filtered.");
            Err(ApiError::Invalid(vec![detail]))
        }
    }
}
