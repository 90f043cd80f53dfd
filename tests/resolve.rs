//! The rules of resolution, one by one, on indexes made up for the purpose.
//!
//! `tests/resolve_oracle.rs` compares with what `apk` itself chose where that data is at hand;
//! these tests stand alone.

#[path = "resolve/world.rs"]
mod world;

use world::World;

#[test]
fn the_newest_version_is_taken_and_its_dependencies_come_first() {
    let world = World::new("a")
        .package("a 1")
        .package("a 2 D:b")
        .package("b 1");
    assert_eq!(world.install(), "b-1 a-2");
}

#[test]
fn constraints_are_met() {
    let packages = |world: &str| {
        let world = World::new(world);
        world
            .package("a 1")
            .package("a 2.1")
            .package("a 2.10")
            .package("a 3")
    };
    assert_eq!(packages("a<3").install(), "a-2.10");
    assert_eq!(packages("a~2").install(), "a-2.10");
    assert_eq!(packages("a=1").install(), "a-1");
    assert_eq!(packages("a>1 a<2.10").install(), "a-2.1");
    assert_eq!(packages("a>3").fail(), ["a-3: breaks world[a>3]"]);
}

#[test]
fn the_world_is_taken_in_the_order_of_its_letters() {
    let world = World::new("b C a A")
        .package("a 1")
        .package("A 1")
        .package("b 1");
    assert_eq!(world.package("C 1").install(), "A-1 a-1 b-1 C-1");
}

#[test]
fn a_conflict_of_the_world_keeps_a_package_away() {
    let world = World::new("a !c")
        .package("a 1 D:b")
        .package("b 1")
        .package("b 2 D:c");
    assert_eq!(world.package("c 1").install(), "b-1 a-1");
}

#[test]
fn a_package_may_forbid_versions_of_another() {
    let world = World::new("a b")
        .package("a 1 D:!b>1")
        .package("b 1")
        .package("b 2");
    assert_eq!(world.install(), "b-1 a-1");
}

#[test]
fn what_a_package_forbids_others_it_may_provide_itself() {
    let world = World::new("a").package("a 1 D:!mail p:mail");
    assert_eq!(world.install(), "a-1");
}

#[test]
fn a_dependency_that_nothing_meets_rules_a_version_out() {
    let world = World::new("a").package("a 1").package("a 2 D:missing");
    assert_eq!(world.install(), "a-1");
}

#[test]
fn what_is_missing_is_named_with_what_requires_it() {
    let world = World::new("a").package("a 1 D:missing");
    assert_eq!(
        world.fail(),
        ["missing (no such package): required by a-1[missing]"]
    );
}

#[test]
fn a_versioned_provides_is_exclusive() {
    let world = World::new("a b").package("a 1 p:x=1").package("b 1 p:x=2");
    assert_eq!(
        world.fail(),
        [
            "a-1: conflicts b-1[x=1], satisfies world[a]",
            "b-1: conflicts a-1[x=2], satisfies world[b]"
        ]
    );
}

#[test]
fn unversioned_provides_stand_together() {
    let world = World::new("a b x").package("a 1 p:x").package("b 1 p:x");
    assert_eq!(world.install(), "a-1 b-1");
}

#[test]
fn an_unversioned_provides_does_not_meet_a_version() {
    let world = World::new("x>1").package("a 2 p:x k:1");
    assert_eq!(world.fail(), ["a-2: breaks world[x>1]"]);
}

#[test]
fn an_unversioned_provider_is_not_chosen_unasked() {
    let world = World::new("x").package("a 1 p:x").package("b 1 p:x");
    let [problem] = &world.fail()[..] else {
        panic!()
    };
    assert!(
        problem.starts_with("x (virtual): note please select"),
        "{problem}"
    );
    assert!(
        problem.ends_with("provided by a b, required by world[x]"),
        "{problem}"
    );
}

#[test]
fn the_highest_priority_is_chosen_unasked() {
    let world = World::new("x")
        .package("a 1 p:x k:1")
        .package("b 1 p:x k:2");
    assert_eq!(world.install(), "b-1");
}

#[test]
fn the_version_under_the_name_counts_before_the_priority() {
    let world = World::new("x")
        .package("a 9 p:x=1 k:9")
        .package("b 1 p:x=2 k:1");
    assert_eq!(world.install(), "b-1");
}

#[test]
fn a_package_that_is_there_anyway_meets_what_it_provides() {
    let world = World::new("a x").package("a 1 p:x").package("b 1 p:x k:9");
    assert_eq!(world.install(), "a-1");
}

#[test]
fn a_provides_with_an_invalid_version_still_provides() {
    let world = World::new("x").package("a 1 p:x=0..0");
    assert_eq!(world.install(), "a-1");
}

#[test]
fn install_if_fires_once_all_of_its_terms_are_there() {
    let packages = |world: &str| {
        let world = World::new(world).package("a 1").package("doc 1");
        world.package("a-doc 1 i:a=1,doc")
    };
    assert_eq!(packages("a").install(), "a-1");
    assert_eq!(packages("a doc").install(), "a-1 doc-1 a-doc-1");
}

#[test]
fn install_if_terms_may_be_negated() {
    let packages = |world: &str| {
        let world = World::new(world).package("a 1").package("b 1");
        world.package("c 1 i:a,!b")
    };
    assert_eq!(packages("a").install(), "a-1 c-1");
    assert_eq!(packages("a b").install(), "a-1 b-1");
}

#[test]
fn install_if_does_not_bring_what_cannot_be_had() {
    let world = World::new("a").package("a 1").package("c 1 i:a");
    assert_eq!(world.package("c 2 i:a D:missing").install(), "a-1 c-1");
}

#[test]
fn what_is_brought_follows_as_soon_as_its_terms_are_on_their_way() {
    // `a` is being installed when `b` is done, so `c` comes before it.
    let world = World::new("a")
        .package("a 1 D:b")
        .package("b 1")
        .package("c 1 i:a,b");
    assert_eq!(world.install(), "b-1 c-1 a-1");
}

#[test]
fn tags_mask_a_repository() {
    let packages = |world: &str| {
        let world = World::new(world).package("a 1 D:b").package("b 1");
        world
            .repository(Some("edge"))
            .package("a 2 D:b")
            .package("b 2")
    };
    assert_eq!(packages("a").install(), "b-1 a-1");
    assert_eq!(packages("a@edge").install(), "b-1 a-2@edge");
    assert_eq!(
        packages("a>1").fail(),
        ["a-2: masked in @edge, satisfies world[a>1]"]
    );
}

#[test]
fn dependencies_inherit_the_tag() {
    let world = World::new("a@edge")
        .repository(Some("edge"))
        .package("a 1 D:b");
    assert_eq!(world.package("b 1").install(), "b-1@edge a-1@edge");
}

#[test]
fn the_first_repository_is_preferred_for_the_same_version() {
    let world = World::new("a")
        .package("a 1")
        .repository(None)
        .package("a 1 D:b");
    assert_eq!(world.package("b 1").install(), "a-1");
}

#[test]
fn a_package_of_another_architecture_is_not_installed() {
    let world = World::new("a").package("a 1").package("a 2 A:s390x");
    assert_eq!(world.install(), "a-1");
    let world = World::new("a").package("a 2 A:s390x");
    assert_eq!(
        world.fail(),
        ["a-2: error uninstallable, arch s390x, satisfies world[a]"]
    );
    let world = World::new("a").package("a 2 A:noarch");
    assert_eq!(world.install(), "a-2");
}

#[test]
fn circles_end() {
    let world = World::new("a").package("a 1 D:b").package("b 1 D:a i:a");
    assert_eq!(world.install(), "b-1 a-1");
}

#[test]
fn a_chain_deeper_than_any_stack_is_walked() {
    let mut world = World::new("p0");
    for i in 0..50_000 {
        world = world.package(&format!("p{i} 1 D:p{}", i + 1));
    }
    let order = world.package("p50000 1").install();
    assert!(order.starts_with("p50000-1 p49999-1 "));
}

#[test]
fn explanations_name_the_line_the_chain_and_the_way_out() {
    let world = World::new("php")
        .package("php 8 D:libx>2")
        .package("libx 1");
    let report = world.report();
    assert!(
        report.contains("libx-1 does not fit php-8 (libx>2)"),
        "{report}"
    );
    assert!(
        report.contains("wanted by php (php.toml:1) → php-8 → libx>2"),
        "{report}"
    );
    assert!(
        report.contains("of libx there is 1 (repository 0)"),
        "{report}"
    );

    let report = World::new("phpp").package("php 8").report();
    assert!(report.contains("there is no package phpp"), "{report}");
    assert!(report.contains("did you mean php?"), "{report}");

    let report = World::new("convert")
        .package("magick 1 p:cmd:convert=1")
        .report();
    assert!(
        report.contains("the command convert is in magick"),
        "{report}"
    );

    let report = World::new("a@x").package("b 1").report();
    assert!(report.contains("no repository has the tag @x"), "{report}");

    let world = World::new("a").repository(Some("edge")).package("a 2");
    let report = world.report();
    assert!(
        report.contains("a-2 is only in repositories tagged @edge"),
        "{report}"
    );
    assert!(report.contains("ask for a@edge"), "{report}");

    let report = World::new("a").package("a 2 A:s390x").report();
    assert!(
        report.contains("it is for s390x, not for x86_64"),
        "{report}"
    );
}
