//! All tests of the workspace; of those that failed, a few are run once more, alone.
//!
//! Many of them start processes and engines and take those away from each other, side by side on whatever machine there is.
//! One that fails there and passes alone shows a defect all the same, of the product or of the test: it is named at the end
//! of the run, and is to be mended. It only does not hold up everything else. What fails twice has failed.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

/// More failures than this are no accident.
const MOST: usize = 3;
/// Silence after which somebody looks whether the run has ended.
const QUIET: Duration = Duration::from_secs(1);

/// Runs everything, every target whatever another one says.
pub fn run(root: &Path, shown: &mut impl Write) -> Result<(), String> {
    let first = cargo(root, &["--workspace", "--no-fail-fast"], shown)?;
    if first.well {
        return Ok(());
    }
    let again = first.said.again()?;
    writeln!(shown, "\nonce more, alone: {}", again.tests.join(", ")).map_err(text)?;
    let mut passed = 0;
    for target in &again.targets {
        let mut words: Vec<&str> = target.split_whitespace().collect();
        words.extend(["--", "--exact"]);
        words.extend(again.tests.iter().map(String::as_str));
        let second = cargo(root, &words, shown)?;
        if !second.well {
            return Err("failed again: it is no accident".to_owned());
        }
        passed += second.said.passed;
    }
    if passed < again.tests.len() {
        return Err(format!("{passed} of {} tests were found again", again.tests.len()));
    }
    for test in &again.tests {
        writeln!(shown, "flaky, to be mended: {test}").map_err(text)?;
    }
    Ok(())
}

/// A run of `cargo test`, shown as it goes.
struct Run {
    well: bool,
    said: Said,
}

fn cargo(root: &Path, words: &[&str], shown: &mut impl Write) -> Result<Run, String> {
    // Results stand in one of its outputs, failed targets in the other: as one, they keep their order.
    let mut child = Command::new("sh")
        .args(["-c", "exec \"$@\" 2>&1", "sh", env!("CARGO"), "test", "--locked"])
        .args(words)
        .current_dir(root)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(text)?;
    let output = BufReader::new(child.stdout.take().ok_or("no output")?);
    let (send, lines) = mpsc::channel();
    thread::spawn(move || output.split(b'\n').try_for_each(|line| send.send(line)));
    let mut said = Said::default();
    loop {
        match lines.recv_timeout(QUIET) {
            Ok(line) => {
                let line = line.map_err(text)?;
                let line = String::from_utf8_lossy(&line);
                writeln!(shown, "{line}").map_err(text)?;
                said.hear(&line);
            }
            // What a test started and left behind may hold the output open for ever.
            Err(RecvTimeoutError::Timeout) if child.try_wait().map_err(text)?.is_none() => {}
            Err(_) => return Ok(Run { well: child.wait().map_err(text)?.success(), said }),
        }
    }
}

fn text(error: std::io::Error) -> String {
    error.to_string()
}

/// What can be read off the lines of a run.
#[derive(Default)]
struct Said {
    /// Tests that failed, by their names.
    tests: Vec<String>,
    /// Programs that failed, as the words that run them again.
    targets: Vec<String>,
    /// Of those, how many came to their end: who crashes says no result.
    ended: usize,
    passed: usize,
    failed: usize,
}

impl Said {
    fn hear(&mut self, line: &str) {
        if let Some(name) = line.strip_prefix("test ").and_then(|t| t.strip_suffix(" ... FAILED")) {
            self.tests.push(name.to_owned());
        }
        if let Some(words) = line.strip_prefix("    `").and_then(|line| line.strip_suffix('`')) {
            self.targets.push(words.to_owned());
        }
        if let Some(result) = line.strip_prefix("test result: ") {
            self.passed += number_before(result, " passed");
            self.failed += number_before(result, " failed");
            self.ended += usize::from(result.starts_with("FAILED"));
        }
    }

    /// What is worth a second look, or why nothing is.
    fn again(self) -> Result<Self, String> {
        let ended = self.ended == self.targets.len() && self.failed == self.tests.len();
        if !ended || self.tests.is_empty() {
            return Err("the tests did not come to their end".to_owned());
        }
        if self.tests.len() > MOST {
            return Err(format!("{} tests failed", self.tests.len()));
        }
        Ok(self)
    }
}

fn number_before(text: &str, word: &str) -> usize {
    let before = text.split(word).next().unwrap_or_default();
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn heard(lines: &[&str]) -> Said {
        let mut said = Said::default();
        for line in lines {
            said.hear(line);
        }
        said
    }

    const RESULT: &str = "test result: FAILED. 37 passed; 1 failed; 0 ignored; 0 measured";
    const TARGET: &str = "    `-p sociosphere-server --test whole`";

    #[test]
    fn a_few_that_failed_are_run_again_by_their_names() {
        let lines = ["test disk::full ... ok", "test kill::f_1 ... FAILED", RESULT, TARGET];
        let again = heard(&lines).again().unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(again.tests, ["kill::f_1"]);
        assert_eq!(again.targets, ["-p sociosphere-server --test whole"]);
        assert_eq!((again.passed, again.failed), (37, 1));
    }

    #[test]
    fn what_is_no_accident_is_not_run_again() {
        // Many; a program that crashed and named no test; one that does not compile.
        let line = "test kill::f_1 ... FAILED";
        let many = "test result: FAILED. 1 passed; 4 failed; 0 ignored";
        let crashed = "test result: ok. 9 passed; 0 failed; 0 ignored";
        assert!(heard(&[line, line, line, line, many, TARGET]).again().is_err());
        assert!(heard(&[crashed, TARGET]).again().is_err());
        assert!(heard(&["error: could not compile `sociosphere-http`"]).again().is_err());
        // One that failed beside a program that crashed: run again for that one test, the crash would not be seen.
        assert!(heard(&[line, crashed, TARGET]).again().is_err());
        assert!(heard(&[line, RESULT, TARGET, "    `-p sociosphere-http --lib`"]).again().is_err());
    }

    /// A workspace of one crate with two tests, one of which does this.
    fn workspace(name: &str, test: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("suite-{}-{name}", std::process::id()));
        std::fs::create_dir_all(root.join("src")).unwrap();
        let write = |path: &str, text: &str| std::fs::write(root.join(path), text).unwrap();
        write("Cargo.toml", "[package]\nname = \"made-up\"\nedition = \"2024\"\n[workspace]\n");
        write("Cargo.lock", "version = 4\n[[package]]\nname = \"made-up\"\nversion = \"0.0.0\"\n");
        write("src/lib.rs", &format!("#[test]\nfn whole() {{}}\n#[test]\nfn odd() {{ {test} }}\n"));
        root
    }

    #[test]
    fn who_passes_alone_holds_up_nobody_and_who_fails_twice_does() {
        const HOLDS_ON: &str =
            "std::process::Command::new(\"sleep\").arg(\"60\").spawn().unwrap();";
        let once = "assert!(std::fs::create_dir(\"begun\").is_err(), \"the first time\")";
        for (name, test, well) in [
            ("well", HOLDS_ON, true),
            ("once", once, true),
            ("never", "panic!()", false),
            ("crash", "std::process::abort()", false),
        ] {
            let root = workspace(name, test);
            // Not among the lines of the run that this test is part of.
            let ran = run(&root, &mut Vec::new());
            std::fs::remove_dir_all(&root).unwrap();
            assert_eq!(ran.is_ok(), well, "{name}: {ran:?}");
        }
    }
}
