//! Names of hosts to addresses.

use std::net::IpAddr;

use async_trait::async_trait;

/// Finds the addresses of a host. Asked once for each connection: what it says then is checked and connected to.
#[async_trait]
pub trait Names: Send + Sync + 'static {
    /// All its addresses.
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<IpAddr>>;
}

/// As the system resolves names.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((host, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}
