//! The community itself.

use axum::extract::State;

use crate::{
    Shared,
    problem::Problem,
    routes::{Access, Operation, get},
    views::{InstanceV1, InstanceV2, Rendered, bytes, instance_v1, instance_v2},
};

const TAG: &str = "instance";

pub fn operations() -> Vec<Operation> {
    vec![
        get("getInstanceV1", "/api/v1/instance", Access::Anyone(""))
            .says(TAG, "The community, as older clients read it")
            .answers::<InstanceV1>()
            .to(v1),
        get("getInstanceV2", "/api/v2/instance", Access::Anyone(""))
            .says(TAG, "The community")
            .answers::<InstanceV2>()
            .to(v2),
        get("getInstanceRules", "/api/v1/instance/rules", Access::Anyone(""))
            .says(TAG, "Its rules")
            .answers::<Vec<serde_json::Value>>()
            .to(rules),
    ]
}

async fn v1(State(site): State<Shared>) -> Result<Rendered, Problem> {
    Ok(Rendered(bytes(&instance_v1(&site).await?)))
}

async fn v2(State(site): State<Shared>) -> Result<Rendered, Problem> {
    Ok(Rendered(bytes(&instance_v2(&site).await?)))
}

async fn rules(State(site): State<Shared>) -> Result<Rendered, Problem> {
    Ok(Rendered(bytes(&instance_v2(&site).await?.rules)))
}
