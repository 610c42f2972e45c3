//! The environments of a server: each is a house of its own, at an address that begins with its id.
//!
//! The house of an environment is made when somebody first comes to it, from the records of its
//! tenant alone, and kept among a bounded number of others. It hears of a changed configuration when
//! the server does, and looks for itself when it is next asked for something: so a change in one
//! environment costs the others one look each, and nothing while nobody comes to them.

mod address;
pub(crate) mod api;
pub(crate) mod error;
pub(crate) mod login_page;
mod registry;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::port::{StoreError, Tenant};
use domain::{Environment, EnvironmentId, KeyFamily};
use quick_cache::sync::Cache;
use tower::ServiceExt;

use self::address::addressed;
use self::error::ApiError;
use crate::app::App;
use crate::bounds::{Bounds, Unserved};
use crate::fault::Fault;

pub use registry::{Registry, RegistryError};

/// Environments whose houses are kept, at the most.
const KEPT: usize = 256;

/// The environments whose houses are there.
pub(crate) struct Environments(Cache<EnvironmentId, Arc<House>>);

impl Default for Environments {
    fn default() -> Self {
        Self(Cache::new(KEPT))
    }
}

impl Environments {
    /// Forgets a house; whoever comes to it next finds what there is.
    pub(crate) fn forget(&self, id: EnvironmentId) {
        self.0.remove(&id);
    }
}

/// The house of an environment.
struct House {
    app: Arc<App>,
    /// As of which configuration it is known that the environment is there.
    checked: AtomicU64,
    runtime: OnceLock<Router>,
    mutual_tls: OnceLock<Router>,
}

/// On which listener somebody came.
#[derive(Clone, Copy)]
pub(crate) enum Entrance {
    /// That of people and applications.
    Runtime,
    /// That of clients which show certificates.
    MutualTls,
}

/// Serves what no route of the server's own is for: what an environment is asked for, by that
/// environment, and nothing else.
pub(crate) async fn serve(
    app: &App,
    bounds: &Arc<Bounds>,
    entrance: Entrance,
    mut request: Request,
) -> Response {
    let Some((id, within)) = addressed(request.uri()) else {
        return Unserved::NotFound.into_response();
    };
    *request.uri_mut() = within;
    match app.house(id).await {
        Ok(Some(house)) => {
            let router = house.router(entrance, bounds).clone();
            let Ok(response) = router.oneshot(request).await;
            response
        }
        Ok(None) => {
            bounds.pass_over(request.into_body()).await;
            ApiError::EnvironmentUnknown.respond(app)
        }
        Err(fault) => ApiError::from(fault).respond(app),
    }
}

/// Tells whoever counts requests which route one has taken: the server knows it as none of its own.
pub(crate) async fn matched(route: MatchedPath, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.extensions_mut().insert(route);
    response
}

impl House {
    fn router(&self, entrance: Entrance, bounds: &Arc<Bounds>) -> &Router {
        match entrance {
            Entrance::Runtime => self
                .runtime
                .get_or_init(|| crate::router::environment(&self.app, bounds)),
            Entrance::MutualTls => self
                .mutual_tls
                .get_or_init(|| crate::router::environment_mutual_tls(&self.app, bounds)),
        }
    }
}

impl App {
    /// The house of the environment with this id, if there is one.
    ///
    /// # Errors
    /// The store cannot be read, or keys that it lacks cannot be made.
    pub async fn environment(&self, id: EnvironmentId) -> Result<Option<Arc<Self>>, Fault> {
        let house = self.house(id).await?;
        Ok(house.map(|house| Arc::clone(&house.app)))
    }

    async fn house(&self, id: EnvironmentId) -> Result<Option<Arc<House>>, Fault> {
        // Before anything is read: what is newer is looked at again.
        let revision = self.live.revision();
        if let Some(house) = self.environments.0.get(&id) {
            if house.checked.load(Ordering::Acquire) >= revision {
                return Ok(Some(house));
            }
            return self.checked(id, house, revision).await;
        }
        let Some(environment) = self.environment_record(id).await? else {
            return Ok(None);
        };
        let making = Box::pin(self.make(&environment, revision));
        let made = self.environments.0.get_or_insert_async(&id, making);
        made.await.map(Some)
    }

    /// The house, if its environment is still there, with what has changed in it.
    async fn checked(
        &self,
        id: EnvironmentId,
        house: Arc<House>,
        revision: u64,
    ) -> Result<Option<Arc<House>>, Fault> {
        if self.environment_record(id).await?.is_none() {
            self.environments.forget(id);
            return Ok(None);
        }
        match house.app.live.follow().await {
            Ok(()) => {
                house.checked.fetch_max(revision, Ordering::AcqRel);
            }
            Err(error) => {
                tracing::error!(%error, environment = %id, "changed configuration cannot be read; the known one stays in force");
            }
        }
        Ok(Some(house))
    }

    async fn make(&self, environment: &Environment, revision: u64) -> Result<Arc<House>, Fault> {
        let app = self.of_environment(environment).await?;
        for family in app.key_families() {
            app.ensure_keys(family).await?;
        }
        Ok(Arc::new(House {
            app: Arc::new(app),
            checked: AtomicU64::new(revision),
            runtime: OnceLock::new(),
            mutual_tls: OnceLock::new(),
        }))
    }

    /// The record of the environment with this id, if there is one and it is not deleted.
    pub(crate) async fn environment_record(
        &self,
        id: EnvironmentId,
    ) -> Result<Option<Environment>, StoreError> {
        let system = self.records.of(Tenant::SYSTEM);
        let found = system.get::<Environment>(Environment::key_of(id)).await?;
        let found = found.map(|found| found.record);
        // Another may have the same number.
        Ok(found.filter(|environment| environment.id == id && environment.is_live()))
    }

    /// The families of keys that an environment cannot do without.
    fn key_families(&self) -> impl Iterator<Item = KeyFamily> {
        let signing = KeyFamily::of(self.settings.access_token.algorithm);
        registry::FAMILIES.into_iter().chain(signing)
    }
}
