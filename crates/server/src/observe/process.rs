//! What the process takes of its machine, from Linux's `/proc`. Elsewhere these figures are missing.

use std::fs;

/// Clock ticks a second in `/proc`, the same for programs on all of Linux's usual processors (`USER_HZ`).
const TICKS: f64 = 100.0;

/// Sets the figures of this process.
pub fn measure() {
    if let Some(stat) = read("/proc/self/stat") {
        set(&stat);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        // One of them is this look itself.
        metrics::gauge!("process_open_fds").set(open.count().saturating_sub(1) as f64);
    }
    let limits = read("/proc/self/limits");
    if let Some(most) = limits.as_deref().and_then(most_files) {
        metrics::gauge!("process_max_fds").set(most);
    }
    if let Some(resident) = read("/proc/self/status").as_deref().and_then(resident_bytes) {
        metrics::gauge!("process_resident_memory_bytes").set(resident);
    }
}

fn set(stat: &str) {
    let Some(Stat { cpu_seconds, threads, started_seconds, virtual_bytes }) = Stat::parse(stat)
    else {
        return;
    };
    metrics::counter!("process_cpu_seconds_total").absolute(cpu_seconds as u64);
    metrics::gauge!("process_threads").set(threads);
    metrics::gauge!("process_virtual_memory_bytes").set(virtual_bytes);
    if let Some(boot) = read("/proc/stat").as_deref().and_then(boot_seconds) {
        metrics::gauge!("process_start_time_seconds").set(boot + started_seconds);
    }
}

#[derive(Debug, PartialEq)]
struct Stat {
    cpu_seconds: f64,
    threads: f64,
    /// After the machine's boot.
    started_seconds: f64,
    virtual_bytes: f64,
}

impl Stat {
    /// Fields of proc(5), counted behind the name, which may hold anything.
    fn parse(text: &str) -> Option<Stat> {
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let number = |field: usize| fields.get(field - 3)?.parse::<f64>().ok();
        Some(Stat {
            cpu_seconds: (number(14)? + number(15)?) / TICKS,
            threads: number(20)?,
            started_seconds: number(22)? / TICKS,
            virtual_bytes: number(23)?,
        })
    }
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()
}

fn boot_seconds(stat: &str) -> Option<f64> {
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

fn most_files(limits: &str) -> Option<f64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn resident_bytes(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<f64>().ok().map(|kib| kib * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_move_the_fields() {
        let text = "42 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 150 50 13 14 15 16 7 0 1000 4096 21";
        let expected =
            Stat { cpu_seconds: 2.0, threads: 7.0, started_seconds: 10.0, virtual_bytes: 4096.0 };
        assert_eq!(Stat::parse(text), Some(expected));
        assert_eq!(Stat::parse("42 (a) S 1"), None);
    }

    #[test]
    fn the_other_files_are_read_as_linux_writes_them() {
        assert_eq!(boot_seconds("cpu 1 2\nbtime 1700000000\n"), Some(1_700_000_000.0));
        assert_eq!(most_files("Max open files            1024     4096     files\n"), Some(1024.0));
        assert_eq!(most_files("Max open files            unlimited  unlimited  files\n"), None);
        assert_eq!(resident_bytes("VmPeak: 9 kB\nVmRSS:\t    12 kB\n"), Some(12_288.0));
    }
}
