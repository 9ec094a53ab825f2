//! `bantin demo`

use std::io::Write;
use std::net::SocketAddr;

use clap::Args;
use tokio::net::TcpListener;

use super::{CommandError, block_on};
use crate::clock::Clock;
use crate::config::Config;
use crate::daemon::Daemon;
use crate::demo::Papers;
use crate::harvest::{Harvester, Recheck};
use crate::publish::Format;
use crate::shutdown;

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Where to serve; when the port is taken, on a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

pub(super) fn demo(args: &DemoArgs) -> Result<(), CommandError> {
    let store = tempfile::tempdir()?;
    let path = format!("{:?}", store.path().join("store").display().to_string());
    block_on(async {
        let stop = shutdown::on_signal()?;
        let papers = Papers::serve(Clock::system()).await?;
        let config = Config::parse("demo", &papers.configuration(&path, free(args.listen).await?))?;
        let daemon = Daemon::build(config.clone(), None, Clock::system(), stop).await?;
        let mut out = std::io::stdout();
        writeln!(out, "Two sample papers are on http://{}/binh-minh/ and /duyen-hai/rss\n", papers.address)?;
        read(&daemon.harvester, &config, &mut out).await?;
        papers.correct_a_story();
        writeln!(out, "\nThe first paper corrects a story; a second reading:")?;
        read(&daemon.harvester, &config, &mut out).await?;
        writeln!(out, "\nOne clean feed of both:")?;
        for format in Format::ALL {
            writeln!(out, "  http://{}/{}", daemon.address, format.file())?;
        }
        writeln!(out, "  http://{}/  for people\n\nCtrl-C ends the demo.", daemon.address)?;
        Ok(daemon.run().await?)
    })
}

/// The wanted address, or a free port of the same host when it is taken.
async fn free(wanted: SocketAddr) -> std::io::Result<SocketAddr> {
    match TcpListener::bind(wanted).await {
        Ok(listener) => listener.local_addr(),
        Err(_) => TcpListener::bind((wanted.ip(), 0)).await?.local_addr(),
    }
}

async fn read(harvester: &Harvester, config: &Config, out: &mut impl Write) -> std::io::Result<()> {
    for source in &config.sources {
        let report = harvester.harvest(source, Recheck::All, &|_, _| {}).await;
        let trouble = report.trouble().map(|trouble| format!(", trouble: {trouble}")).unwrap_or_default();
        let (new, revised, copies, unchanged) = (report.new, report.revised, report.copies, report.unchanged);
        writeln!(
            out,
            "  {}: {new} new, {revised} revised, {copies} copies, {unchanged} unchanged{trouble}",
            source.name
        )?;
    }
    Ok(())
}
