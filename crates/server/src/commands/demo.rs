//! `sociosphere demo`: builds the demo community and says who may be signed in as.

use super::Outcome;
use crate::{
    config::Config,
    demo::{self, DemoError, PASSWORD},
};

/// Builds the demo in the config's data folder. With `if_empty`, a folder that holds accounts is left as it is, and that
/// is well.
pub(super) async fn build(config: &Config, if_empty: bool) -> Outcome {
    println!("building the demo community in {} ...", config.data.display());
    let started = std::time::Instant::now();
    match demo::tell(config, &mut |line| println!("  {line}")).await {
        Ok(told) => Outcome::said(format!(
            "{} accounts, {} posts, {} shares, {} likes, {} follows, {} pictures and videos in {} s\n\n\
             Sign in as mira (who owns it), amina (who has follow requests), yuki, viktor, layla or anybody else.\n\
             Everybody's password is {PASSWORD}. It is for looking around: do not put it on the internet.\n\
             Start it with `sociosphere`.",
            told.accounts,
            told.posts,
            told.shares,
            told.likes,
            told.follows,
            told.media,
            started.elapsed().as_secs(),
        )),
        Err(DemoError::NotEmpty(folder)) if if_empty => Outcome::said(format!(
            "{} holds accounts already and stays as it is. In a demo everybody's password is {PASSWORD}.",
            folder.display()
        )),
        Err(error) => Outcome::failed(error),
    }
}
