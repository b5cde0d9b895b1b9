//! `POST /lease`: a block of codes that a desk may give out while it is offline.

use crate::{
    api::{LeaseAnswer, LeaseRequest},
    server::{Refused, Server},
    signed,
};
use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode},
};
use std::sync::Arc;
use suanpan_store::province::LeaseRequest as Wanted;
use suanpan_sync::{
    lease::{MOST_CODES, Series},
    scope::Scope,
};

/// Context under which the request is signed.
pub const SIGNED_LEASE: &str = "suanpan lease";

pub async fn lease(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    asked: Result<Json<LeaseRequest>, JsonRejection>,
) -> Result<Json<LeaseAnswer>, Refused> {
    let Json(asked) = asked?;
    let scope: Scope = asked.scope.parse().map_err(|message| Refused(StatusCode::BAD_REQUEST, message))?;
    let series = Series {
        scope,
        entity: asked.entity.as_str().into(),
        field: asked.field.as_str().into(),
        fiscal_year: asked.fiscal_year,
        prefix: asked.prefix.as_str().into(),
        width: asked.width,
    };
    if !series.is_sound() || !(1..=MOST_CODES).contains(&asked.count) {
        return Err(Refused(StatusCode::BAD_REQUEST, format!("编码段的长度、前缀或个数（1—{MOST_CODES}）不对")));
    }
    let LeaseRequest { entity, field, fiscal_year, prefix, width, count, .. } = &asked;
    let named = format!("{scope} {entity} {field} {fiscal_year} {prefix} {width} {count}");
    let device = signed::device(&server, &headers, SIGNED_LEASE, named).await?;
    if !device.writes.contains(&scope) {
        return Err(Refused(StatusCode::FORBIDDEN, format!("本机没有在区划 {scope} 赋码的权限")));
    }
    let wanted = Wanted { device: device.id, series, count: asked.count };
    let lease = server.work("lease", move |server| server.store.lease(&wanted)).await?;
    Ok(Json(LeaseAnswer { first: lease.first.into(), last: lease.last.into() }))
}
