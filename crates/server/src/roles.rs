//! The roles of a process: serving requests, running jobs, or both.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{Router, extract::State, routing::get};
use http::StatusCode;
use ipnet::IpNet;
use social::app::App;
use sociosphere_http::{ClientAddr, HttpOptions, health::Health};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    commands::socket,
    config::Config,
    engines, health,
    instance::{self, Instance, StartError},
    net::{self, NetOptions},
    observe,
};

/// How long WebSockets may take to close, all together.
const GOODBYES: Duration = Duration::from_secs(5);

/// How long what was seen may take to be written.
const LOOKS: Duration = Duration::from_secs(10);

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Requests and jobs.
    All,
    /// Requests.
    Serve,
    /// Jobs.
    Worker,
}

impl Role {
    /// As a label and in the log.
    pub fn name(self) -> &'static str {
        match self {
            Role::All => "all",
            Role::Serve => "serve",
            Role::Worker => "worker",
        }
    }
}

/// Runs a role until the process is told to stop.
pub async fn run(config: Config, role: Role) -> Result<(), StartError> {
    match role {
        Role::All => {}
        Role::Serve => engines::check_shared(&config, "serve")?,
        Role::Worker => engines::check_shared(&config, "worker")?,
    }
    let logs = observe::start_logs(&config);
    observe::start_metrics(role.name());
    observe::hear_panics();
    let instance = Arc::new(instance::open_to_stay(&config, role != Role::Serve).await?);
    let stop = CancellationToken::new();
    stop_on_signals(&stop);
    let listener = TcpListener::bind(config.listen).await.map_err(|error| {
        StartError::Other(format!("listen = {}: {error}; is another server there?", config.listen))
    })?;
    let (sockets, seen) = (TaskTracker::new(), Health::default());
    let router = match role {
        Role::All | Role::Serve => product(&config, &instance, &stop, &sockets, &seen)?,
        Role::Worker => seen.routes(),
    }
    .route("/metrics", get(metrics).with_state(Arc::from(config.metrics_from.clone())));
    let options = NetOptions {
        limits: config.limits,
        trusted_proxies: config.trusted_proxies.clone(),
        https: config.public_url.starts_with("https://"),
    };
    let serving = tokio::spawn(net::serve(listener, router, options, stop.clone()));
    let jobs = (role != Role::Serve).then(|| instance.runner.start(stop.clone()));
    let admin = socket::listen(&config, instance.clone(), stop.clone());
    let beating = {
        let (instance, stop) = (instance.clone(), stop.clone());
        tokio::spawn(async move { instance.hold_number(&stop).await })
    };
    let fresh = {
        let (instance, stop) = (instance.clone(), stop.clone());
        tokio::spawn(async move { instance.stay_fresh(&stop).await })
    };
    let keeping = {
        let (app, desk) = (instance.app.clone(), instance.opened.desk.clone());
        tokio::spawn(health::keep(app, desk, seen, stop.clone()))
    };
    let filling = {
        let (instance, stop) = (instance.clone(), stop.clone());
        tokio::spawn(async move { instance.see_search_filled(&stop).await })
    };
    let sampling = {
        let (instance, stop) = (instance.clone(), stop.clone());
        tokio::spawn(observe::sample(instance, logs.losses(), logs.errors(), stop))
    };
    let counting = (role != Role::Worker).then(|| {
        let (app, stop) = (instance.app.clone(), stop.clone());
        tokio::spawn(count_looks(app, config.insight_flush, stop))
    });
    announce(&config, &instance, role).await;
    stop.cancelled().await;
    tracing::info!("stopping: requests and jobs in hand are finished first");
    let _ = serving.await;
    sockets.close();
    // Each says goodbye and has a bound of its own for that.
    let _ = tokio::time::timeout(GOODBYES, sockets.wait()).await;
    if let Some(jobs) = jobs {
        jobs.stopped().await;
    }
    if let Some(counting) = counting {
        let _ = counting.await;
        // Also what was told by the last requests.
        write_looks(&instance.app).await;
    }
    let _ = tokio::join!(admin, beating, fresh, keeping, filling, sampling);
    if let Some(instance) = Arc::into_inner(instance) {
        let _ = instance.lease.end(&instance.app.graph).await;
    }
    Ok(())
}

/// Writes what was seen again and again, and earlier where there is much, until the token is cancelled.
async fn count_looks(app: Arc<App>, every: Duration, stop: CancellationToken) {
    let mut beat = tokio::time::interval(every);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = beat.tick() => {}
            () = app.insight.filling() => {}
        }
        write_looks(&app).await;
    }
}

/// What cannot be written now is written later.
async fn write_looks(app: &App) {
    match tokio::time::timeout(LOOKS, social::insight::flush(app)).await {
        Ok(Ok(_)) => {}
        Ok(Err(fault)) => tracing::warn!("looks are not written now: {fault}"),
        Err(_) => tracing::warn!("looks are not written now: the store takes too long"),
    }
}

fn product(
    config: &Config,
    instance: &Instance,
    stop: &CancellationToken,
    sockets: &TaskTracker,
    seen: &Health,
) -> Result<Router, StartError> {
    let options = HttpOptions {
        rate_limits: config.rate_limits,
        body_bytes: config.body_bytes,
        log_requests: config.log_requests,
        stop: stop.clone(),
        sockets: sockets.clone(),
        health: seen.clone(),
        engines: engines::names(config),
    };
    sociosphere_http::router(instance.app.clone(), options)
        .map_err(|error| StartError::Other(error.to_string()))
}

/// Figures are for whoever is on the machine, or where the operator's Prometheus is, and behind the proxy's back: not for
/// the world.
async fn metrics(
    State(from): State<Arc<[IpNet]>>,
    client: Option<axum::Extension<ClientAddr>>,
    headers: http::HeaderMap,
) -> (StatusCode, String) {
    /// What proxies say of those they speak for: one on this machine must not lend them its address.
    const SPOKEN_FOR: [&str; 5] =
        ["x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via"];
    let may = |ip: IpAddr| ip.is_loopback() || from.iter().any(|range| range.contains(&ip));
    if client.is_some_and(|client| may(client.0.0))
        && !SPOKEN_FOR.iter().any(|name| headers.contains_key(*name))
    {
        (StatusCode::OK, observe::render_metrics())
    } else {
        (StatusCode::NOT_FOUND, r#"{"error":"Record not found"}"#.to_owned())
    }
}

async fn announce(config: &Config, instance: &Instance, role: Role) {
    if role == Role::Worker {
        println!("SocioSphere works on jobs.");
        return;
    }
    println!("SocioSphere is at {}", config.public_url);
    if let Ok(Some(link)) = social::accounts::owner_link(&instance.app).await {
        println!("Nobody owns it yet. Whoever follows this link does: {link}");
    }
    let loopback = config.listen.ip().is_loopback();
    if config.public_url.starts_with("http://") && !loopback {
        tracing::warn!("public_url is http: passwords cross the network as plain text");
    }
}

/// The first signal stops gently, the second at once.
pub(crate) fn stop_on_signals(stop: &CancellationToken) {
    let stop = stop.clone();
    tokio::spawn(async move {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut terminate), Ok(mut interrupt)) =
            (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        else {
            tracing::error!("signals can not be heard");
            return;
        };
        for round in 0..2 {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if round == 0 {
                stop.cancel();
            }
        }
        tracing::warn!("told to stop twice: stopping at once");
        // What was acknowledged is on disk; leases end by themselves.
        tokio::time::sleep(Duration::from_millis(50)).await;
        std::process::exit(1);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn p_8_figures_are_for_this_machine_alone() {
        let ask = async |address: &str, header: Option<&'static str>| {
            let client = ClientAddr(address.parse().expect("an address"));
            let mut headers = http::HeaderMap::new();
            if let Some(name) = header {
                headers.insert(name, http::HeaderValue::from_static("127.0.0.1"));
            }
            let from: Arc<[IpNet]> = Arc::from(vec!["10.9.0.0/16".parse().expect("a range")]);
            metrics(State(from), Some(axum::Extension(client)), headers).await.0
        };
        for local in ["127.0.0.1", "::1", "10.9.0.7"] {
            assert_eq!(ask(local, None).await, StatusCode::OK);
            for name in ["x-forwarded-for", "x-real-ip", "forwarded", "via"] {
                assert_eq!(ask(local, Some(name)).await, StatusCode::NOT_FOUND, "{name}");
            }
        }
        for other in ["192.0.2.1", "10.0.0.1", "2001:db8::1"] {
            assert_eq!(ask(other, None).await, StatusCode::NOT_FOUND);
        }
        let nowhere: Arc<[IpNet]> = Arc::from(Vec::new());
        let unknown = metrics(State(nowhere), None, http::HeaderMap::new()).await.0;
        assert_eq!(unknown, StatusCode::NOT_FOUND);
    }
}
