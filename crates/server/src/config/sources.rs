//! Where settings come from, and what is wrong with them.

use std::{collections::BTreeMap, fmt, str::FromStr, time::Duration};

use super::{
    by_key,
    table::{Kind, SETTINGS, file_variable, variable},
};

/// Everything a config is read from.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The file's name and text, if there is one.
    pub file: Option<(String, String)>,
    /// Variables of the environment.
    pub environment: Vec<(String, String)>,
    /// Settings given as flags: key and value.
    pub flags: Vec<(String, String)>,
}

/// A setting that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Which, as it was named.
    pub key: String,
    /// Where it was named.
    pub source: String,
    /// What is wrong, and what would be right.
    pub why: String,
}

/// All settings that are wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ConfigError { key, source, why } in &self.0 {
            writeln!(f, "{key} ({source}): {why}")?;
        }
        f.write_str("`sociosphere config` prints every setting with its meaning")
    }
}

/// Variables of ours that are no settings.
const OTHER_VARIABLES: [&str; 2] = ["SOCIOSPHERE_CONFIG", "SOCIOSPHERE_BIN"];
/// What variables begin with that name engines to tests: whoever has them set starts servers, too.
const OF_TESTS: &str = "SOCIOSPHERE_TEST_";

/// The settings as given, with where each comes from.
pub(super) struct Values {
    given: BTreeMap<&'static str, (toml::Value, String)>,
    errors: Vec<ConfigError>,
}

impl Values {
    pub fn gather(inputs: &Inputs) -> Values {
        let known = by_key();
        let mut values = Values { given: BTreeMap::new(), errors: Vec::new() };
        for setting in SETTINGS {
            let default = format!("x = {}", setting.default).parse::<toml::Table>();
            let default = default.expect("defaults are TOML; a test reads them all")["x"].clone();
            values.given.insert(setting.key, (default, "default".to_owned()));
        }
        if let Some((name, text)) = &inputs.file {
            values.file(name, text);
        }
        for (name, value) in &inputs.environment {
            let other = OTHER_VARIABLES.contains(&name.as_str()) || name.starts_with(OF_TESTS);
            if !name.starts_with("SOCIOSPHERE_") || other {
                continue;
            }
            if let Some(setting) = known.values().find(|setting| variable(setting.key) == *name) {
                values.textual(setting.key, setting.kind, value, name);
            } else if let Some(setting) = known
                .values()
                .find(|setting| setting.kind == Kind::Secret && file_variable(setting.key) == *name)
            {
                values.read_secret(setting.key, value, name, &inputs.environment);
            } else {
                values.unknown(name, "environment");
            }
        }
        for (key, value) in &inputs.flags {
            match known.get(key.as_str()) {
                Some(setting) => {
                    values.textual(setting.key, setting.kind, value, &format!("--{key}"));
                }
                None => values.unknown(key, "flag"),
            }
        }
        values
    }

    /// A secret from the file that a variable names; the line end that editors add is none of it.
    fn read_secret(
        &mut self,
        key: &'static str,
        path: &str,
        source: &str,
        environment: &[(String, String)],
    ) {
        let direct = variable(key);
        if environment.iter().any(|(name, _)| *name == direct) {
            return self.error(key, source, &format!("is given by {direct} too: one is enough"));
        }
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let text = text.trim_end_matches(['\r', '\n']);
                self.textual(key, Kind::Secret, text, &format!("{source}={path}"));
            }
            Err(error) => self.error(key, source, &format!("{path}: {error}")),
        }
    }

    fn file(&mut self, name: &str, text: &str) {
        let table = match text.parse::<toml::Table>() {
            Ok(table) => table,
            Err(error) => {
                let line =
                    error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
                self.error(name, &format!("{name}:{line}"), error.message());
                return;
            }
        };
        for (key, value) in table {
            match value {
                toml::Value::Table(section) => {
                    for (name_in, value) in section {
                        self.of_file(&format!("{key}.{name_in}"), value, name, text);
                    }
                }
                value => self.of_file(&key, value, name, text),
            }
        }
    }

    fn of_file(&mut self, key: &str, value: toml::Value, name: &str, text: &str) {
        let bare = key.rsplit('.').next().unwrap_or(key);
        let line = text.lines().position(|line| line.trim_start().starts_with(bare));
        let source = format!("{name}:{}", line.map_or(0, |line| line + 1));
        let Some(setting) = by_key().get(key).copied() else { return self.unknown(key, &source) };
        let right = match setting.kind {
            Kind::Text | Kind::Secret => value.is_str() || value.is_bool(),
            Kind::Number => value.is_integer(),
            Kind::Flag => value.is_bool(),
            Kind::List => value.as_array().is_some_and(|all| all.iter().all(toml::Value::is_str)),
        };
        if right {
            self.given.insert(setting.key, (value, source));
        } else {
            let wanted = match setting.kind {
                Kind::Text | Kind::Secret => "a text in quotes",
                Kind::Number => "a whole number",
                Kind::Flag => "true or false",
                Kind::List => "a list of texts",
            };
            self.error(key, &source, &format!("must be {wanted}"));
        }
    }

    fn textual(&mut self, key: &'static str, kind: Kind, text: &str, source: &str) {
        let value = match kind {
            Kind::Text | Kind::Secret => Some(toml::Value::String(text.to_owned())),
            Kind::Number => text.trim().parse().ok().map(toml::Value::Integer),
            Kind::Flag => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "1" | "on" | "yes" => Some(toml::Value::Boolean(true)),
                "false" | "0" | "off" | "no" => Some(toml::Value::Boolean(false)),
                _ => None,
            },
            Kind::List => {
                let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                let all = parts.map(|part| toml::Value::String(part.to_owned()));
                Some(toml::Value::Array(all.collect()))
            }
        };
        match value {
            Some(value) => {
                self.given.insert(key, (value, source.to_owned()));
            }
            None if kind == Kind::Number => self.error(key, source, "must be a whole number"),
            None => self.error(key, source, "must be true or false"),
        }
    }

    fn unknown(&mut self, key: &str, source: &str) {
        let near = SETTINGS.iter().map(|setting| setting.key).min_by_key(|known| {
            distance(known, &key.to_lowercase().replace("sociosphere_", "").replace("__", "."))
        });
        let hint = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
        self.error(key, source, &format!("there is no such setting{hint}"));
    }

    fn error(&mut self, key: &str, source: &str, why: &str) {
        self.errors.push(ConfigError {
            key: key.to_owned(),
            source: source.to_owned(),
            why: why.to_owned(),
        });
    }

    /// Says that a setting is wrong.
    pub fn wrong(&mut self, key: &'static str, why: &str) {
        let source = self.given.get(key).map_or_else(String::new, |(_, source)| source.clone());
        self.error(key, &source, why);
    }

    fn value(&self, key: &'static str) -> &toml::Value {
        &self.given.get(key).expect("settings are read by names of the table; a test reads all").0
    }

    pub fn text(&self, key: &'static str) -> String {
        match self.value(key) {
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    pub fn flag(&self, key: &'static str) -> bool {
        self.value(key).as_bool().unwrap_or(false)
    }

    pub fn list(&self, key: &'static str) -> Vec<String> {
        let all = self.value(key).as_array().cloned().unwrap_or_default();
        all.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect()
    }

    pub fn parsed<T: FromStr>(&mut self, key: &'static str) -> T {
        if let Ok(value) = self.text(key).parse() {
            return value;
        }
        self.wrong(key, "is not of the right form");
        self.default(key)
    }

    pub fn each<T: FromStr>(&mut self, key: &'static str) -> Vec<T> {
        let mut each = Vec::new();
        for text in self.list(key) {
            match text.parse() {
                Ok(value) => each.push(value),
                Err(_) => self.wrong(key, &format!("{text} is not of the right form")),
            }
        }
        each
    }

    pub fn seconds(&mut self, key: &'static str) -> Duration {
        match self.parsed::<u64>(key) {
            0 => {
                self.wrong(key, "must be at least 1");
                Duration::from_secs(1)
            }
            seconds => Duration::from_secs(seconds),
        }
    }

    pub fn choice<T: Clone>(&mut self, key: &'static str, choices: &[(&str, T)]) -> T {
        let given = self.text(key);
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == given) {
            return value.clone();
        }
        let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
        self.wrong(key, &format!("must be one of {}", names.join(", ")));
        choices[0].1.clone()
    }

    fn default<T: FromStr>(&self, key: &'static str) -> T {
        let setting = by_key()[key];
        let text = setting.default.trim_matches('"');
        text.parse().ok().expect("defaults are of the right form; a test reads them all")
    }

    pub fn finish(self) -> Vec<ConfigError> {
        self.errors
    }
}

/// How unlike two names are: Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let next = (corner + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[b.len()]
}
