//! Files that are templates, in the language of Jinja.

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use std::collections::BTreeMap;

/// Puts the variables into a template. A variable that is not there is an error.
///
/// # Errors
/// With the line and what is wrong there.
pub(super) fn render(
    template: &str,
    variables: &BTreeMap<String, String>,
) -> Result<String, String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
    environment.set_syntax(syntax.map_err(|error| error.to_string())?);
    // Variables may well be called so.
    environment.remove_global("debug");
    // The files are no web pages.
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    let context = Value::from_pairs(variables);
    environment.render_str(template, context).map_err(|error| {
        let line = error.line().unwrap_or(1);
        let what = match (error.kind(), error.detail()) {
            (minijinja::ErrorKind::UndefinedError, _) => {
                let there = error.range().and_then(|range| template.get(range));
                let there = there.unwrap_or("something").trim();
                format!("{there} is not defined; give it in [variables] or with --set")
            }
            (kind, Some(detail)) => format!("{kind}: {detail}"),
            (kind, None) => kind.to_string(),
        };
        format!("line {line}: {what}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_stand_where_they_are_named() {
        let variables = BTreeMap::from([
            ("host".to_owned(), "a<b>.example".to_owned()),
            ("debug".to_owned(), String::new()),
        ]);
        let render = |template: &str| render(template, &variables);
        assert_eq!(
            render("host {{ host }};\n").as_deref(),
            Ok("host a<b>.example;\n")
        );
        let text = "{% if debug %}d{% else %}r{% endif %} {{ host | upper }}{# no #}";
        assert_eq!(render(text).as_deref(), Ok("r A<B>.EXAMPLE"));
        assert_eq!(
            render("a\nb {{ port }}\n").unwrap_err(),
            "line 2: port is not defined; give it in [variables] or with --set"
        );
        assert_eq!(render("{{ port | default('80') }}").as_deref(), Ok("80"));
        assert!(
            render("\n\n{% if %}")
                .unwrap_err()
                .starts_with("line 3: syntax error: ")
        );
    }
}
