//! `loginPageUrl`: the page of an application's own on which its people sign on.
//!
//! The browser is led there in place of our own page, with the flow and the environment in the query. The
//! page drives the flow by `/{environmentId}/flows/{flowId}` and leaves by its `resumeUrl`, also for the steps
//! that are ours alone.

use domain::{Client, FlowId};
use serde_json::Value;
use url::Url;

use crate::app::App;
use crate::door::pingone;
use crate::fault::Fault;
use authn::flow::{Flow, Step};

/// The attribute, and the member in which a client keeps it.
pub(crate) const ATTRIBUTE: &str = "loginPageUrl";
/// The member of a client's record that keeps what only `PingOne` tells apart.
pub(crate) const OF_APPLICATION: &str = "pingOne";

/// The address, if it can be one of such a page.
pub(crate) fn read(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|_| text.len() <= 2048)?;
    let is_plain =
        url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let is_web = matches!(url.scheme(), "https" | "http");
    (is_web && is_plain).then_some(url)
}

impl App {
    /// Where the person of a flow is led at a step in place of our own page, if its application has a page
    /// and that can draw the step.
    pub(crate) async fn login_page(
        &self,
        flow: &Flow,
        step: &Step,
    ) -> Result<Option<String>, Fault> {
        let Some(environment) = self.site.environment else {
            return Ok(None);
        };
        if pingone::has_page_only(step) {
            return Ok(None);
        }
        let Some(client) = pingone::client_of(flow)? else {
            return Ok(None);
        };
        let client = self.live.client(&client).await?;
        let page = client.as_deref().and_then(page_of);
        Ok(page.map(|page| address(page, &environment.env.to_string(), flow.id())))
    }
}

fn page_of(client: &Client) -> Option<Url> {
    let of_application = client.rest.get(OF_APPLICATION)?;
    read(of_application.get(ATTRIBUTE).and_then(Value::as_str)?)
}

fn address(mut page: Url, environment: &str, flow: FlowId) -> String {
    page.query_pairs_mut()
        .append_pair("environmentId", environment)
        .append_pair("flowId", &flow.uuid().to_string());
    page.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pingone_1_2_the_page_gets_the_flow_and_the_environment_besides_its_own_query() {
        let flow = FlowId::from_bytes([0x40; 16]);
        let page = read("https://app.example.com/signon?theme=dark").unwrap();
        assert_eq!(
            address(page, "e", flow),
            "https://app.example.com/signon?theme=dark&environmentId=e\
             &flowId=40404040-4040-4040-4040-404040404040"
        );
    }

    #[test]
    fn it_is_a_page_on_the_web() {
        for bad in [
            "x",
            "javascript:alert(1)",
            "https://a@b.example/",
            "https://b.example/#x",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
