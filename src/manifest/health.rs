//! `[image.healthcheck]`, and durations.

use super::error::Problem;
use super::reader::{Table, Value};
use super::schema;

/// How docker finds out whether a container works: `Healthcheck` of Docker's image
/// configuration, which the OCI's knows nothing of. Times are in nanoseconds; `None`: docker's
/// default.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Healthcheck {
    /// `CMD` and a command, `CMD-SHELL` and a line for a shell, or `NONE`.
    pub test: Vec<String>,
    /// Between two tests.
    pub interval: Option<u64>,
    /// How long a test may take.
    pub timeout: Option<u64>,
    /// How long failures do not count after the start.
    pub start_period: Option<u64>,
    /// Between two tests in that time.
    pub start_interval: Option<u64>,
    /// After how many failures the container counts as unhealthy.
    pub retries: Option<u32>,
}

/// A table, or `false` for no check even where one is inherited.
pub(super) fn read_healthcheck(value: Value<'_>) -> Option<Healthcheck> {
    if !value.is_table() {
        return match value.boolean()? {
            false => Some(Healthcheck {
                test: vec!["NONE".to_owned()],
                ..Healthcheck::default()
            }),
            true => {
                let problem = value.problem("\"healthcheck\" can only be a table, or false");
                value.report(
                    problem.help("write healthcheck = { test = [\"program\", \"argument\"] }"),
                );
                None
            }
        };
    }
    let table = value.table(&schema::HEALTHCHECK)?;
    let test = table.require("test").and_then(|value| read_test(&value));
    let duration = |table: &Table<'_>, key| {
        let value = table.get(key)?;
        read_duration(&value)
    };
    let check = Healthcheck {
        test: Vec::new(),
        interval: duration(&table, "interval"),
        timeout: duration(&table, "timeout"),
        start_period: duration(&table, "start-period"),
        start_interval: duration(&table, "start-interval"),
        retries: table.get("retries").and_then(|value| {
            let (retries, _) = value.integer(i32::MAX.unsigned_abs())?;
            Some(retries)
        }),
    };
    Some(Healthcheck {
        test: test?,
        ..check
    })
}

/// A list is a command, or what a Compose file would have there; a string is for a shell.
fn read_test(value: &Value<'_>) -> Option<Vec<String>> {
    if !value.is_list() {
        let text = value.string()?;
        if text.trim().is_empty() {
            value.report(value.problem("the test is empty"));
            return None;
        }
        return Some(vec!["CMD-SHELL".to_owned(), text.to_owned()]);
    }
    let words: Vec<String> = value
        .strings()
        .into_iter()
        .map(|(word, _)| word.to_owned())
        .collect();
    let kind = words.first().map_or("", String::as_str);
    let problem = match (kind, words.len()) {
        ("" | "CMD" | "CMD-SHELL", 0..=1) => "the test is empty",
        ("CMD-SHELL", 3..) => "\"CMD-SHELL\" takes one string",
        ("NONE", 2..) => "\"NONE\" takes nothing",
        ("CMD" | "CMD-SHELL" | "NONE", _) => return Some(words),
        _ => {
            let mut test = vec!["CMD".to_owned()];
            test.extend(words);
            return Some(test);
        }
    };
    value.report(value.problem(problem));
    None
}

/// Docker's limit: below it, it refuses to make containers.
const LEAST: u64 = 1_000_000;

fn read_duration(value: &Value<'_>) -> Option<u64> {
    let help = "write it with its units: \"30s\", \"1m30s\", \"500ms\"";
    if !value.is_string() {
        return value.mismatch("a duration", Some(help.to_owned()));
    }
    let text = value.string()?;
    let problem = match parse_duration(text) {
        Some(nanoseconds) if nanoseconds >= LEAST => return Some(nanoseconds),
        Some(_) => value.problem(format!("{text:?} is shorter than 1ms")),
        None => value.problem(format!("{text:?} is no duration")).help(help),
    };
    value.report(problem);
    None
}

/// Numbers with units, the largest first or in any order, as Go and docker write them; in
/// nanoseconds.
fn parse_duration(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut total = 0u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at(digits);
        let unit = tail.find(|c: char| c.is_ascii_digit());
        let (unit, tail) = tail.split_at(unit.unwrap_or(tail.len()));
        let nanoseconds: u64 = match unit {
            "h" => 3_600_000_000_000,
            "m" => 60_000_000_000,
            "s" => 1_000_000_000,
            "ms" => 1_000_000,
            _ => return None,
        };
        let part = number.parse::<u64>().ok()?.checked_mul(nanoseconds)?;
        total = total.checked_add(part)?;
        rest = tail;
    }
    // Docker keeps it as a signed number.
    (!text.is_empty() && i64::try_from(total).is_ok()).then_some(total)
}

/// A fixed time: RFC 3339 as a string or as TOML's own, or seconds since 1970.
pub(super) fn read_time(value: &Value<'_>) -> Option<u64> {
    let help = "write it as 2024-05-01T12:00:00Z, or in seconds since 1970";
    if value.is_integer() {
        return value
            .integer(u32::MAX)
            .map(|(seconds, _)| u64::from(seconds));
    }
    let Some(text) = value.time_text() else {
        return value.mismatch("a time", Some(help.to_owned()));
    };
    let time = text.parse::<jiff::Timestamp>();
    let seconds = time.ok().and_then(|t| u64::try_from(t.as_second()).ok());
    if seconds.is_none() {
        let message = format!("{text:?} is no time since 1970 with a time zone");
        value.report(Problem::new(message).at(value.place()).help(help));
    }
    seconds
}

#[cfg(test)]
mod tests {
    use super::parse_duration;

    #[test]
    fn durations_have_units() {
        for (text, milliseconds) in [
            ("30s", Some(30_000)),
            ("1m30s", Some(90_000)),
            ("500ms", Some(500)),
            ("2h", Some(7_200_000)),
            ("", None),
            ("30", None),
            ("s", None),
            ("-1s", None),
            ("1.5s", None),
            ("1d", None),
            ("99999999999999999999s", None),
            ("9999999h", None),
        ] {
            assert_eq!(
                parse_duration(text),
                milliseconds.map(|m: u64| m * 1_000_000),
                "{text}"
            );
        }
    }
}
