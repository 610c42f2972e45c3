//! `/…/descriptors` and `/…/descriptors/{id}`: the plug-ins of which there can be instances.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::api_result::AdminError;
use super::openapi::{Described, Gives, Operation};
use super::resource::descriptor::{PLUGIN, PLUGINS, Plugin};
use crate::app::App;
use crate::extract::Named;

/// The routes.
pub(super) fn routes() -> Router<Arc<App>> {
    collections().fold(Router::new(), |routes, collection| {
        let all = move || async move {
            let items: Vec<Value> = plugins(collection).map(Plugin::shown).collect();
            Json(json!({ "items": items }))
        };
        let one = move |Named(id): Named| async move {
            let found = plugins(collection).find(|plugin| plugin.id == id);
            let missing = || AdminError::NotFound(format!("There is no plug-in {id:?}."));
            found.map(Plugin::shown).map(Json).ok_or_else(missing)
        };
        let path = format!("{collection}/descriptors");
        routes
            .route(&path, get(all))
            .route(&format!("{path}/{{id}}"), get(one))
    })
}

/// What tools are told of them.
pub(super) fn described() -> Vec<Described> {
    let described = |collection| {
        let read = Operation::read("A kind of plug-in.", &PLUGIN);
        let list = Operation {
            about: "The kinds of plug-ins.".to_owned(),
            gives: Gives::List(&PLUGIN),
            ..read.clone()
        };
        let read = Operation {
            refuses: &[404],
            ..read
        };
        [
            Described {
                path: format!("{collection}/descriptors"),
                operations: vec![list],
            },
            Described {
                path: format!("{collection}/descriptors/{{id}}"),
                operations: vec![read],
            },
        ]
    };
    collections().flat_map(described).collect()
}

fn collections() -> impl Iterator<Item = &'static str> {
    let all: BTreeSet<&str> = PLUGINS.iter().map(|plugin| plugin.collection).collect();
    all.into_iter()
}

fn plugins(collection: &str) -> impl Iterator<Item = &'static Plugin> {
    PLUGINS
        .iter()
        .filter(move |plugin| plugin.collection == collection)
}
