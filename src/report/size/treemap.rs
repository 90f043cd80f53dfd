//! A treemap as SVG: each package a rectangle, in it one for each folder, areas by bytes.
//!
//! The layout is that of squarified treemaps (Bruls, Huizing, van Wijk, 2000).

use super::ImageSize;
use indicatif::HumanBytes;
use std::fmt::Write as _;

const WIDTH: f64 = 1200.0;
const HEIGHT: f64 = 800.0;
/// The room above a picture for the image's name.
const TITLE: f64 = 28.0;
/// Below this a text would not be read.
const LEAST_TEXT: f64 = 9.0;

/// Colours that are told apart, and on which black text is read.
const COLOURS: [&str; 10] = [
    "#8dd3c7", "#ffffb3", "#bebada", "#fb8072", "#80b1d3", "#fdb462", "#b3de69", "#fccde5",
    "#d9d9d9", "#ccebc5",
];

#[derive(Clone, Copy, PartialEq, Debug)]
struct Rectangle {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// Draws images, one below the other.
pub fn plot(images: &[ImageSize]) -> String {
    let height = (HEIGHT + TITLE) * images.len() as f64;
    // Writing to a string never fails.
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n"
    );
    for (number, image) in images.iter().enumerate() {
        let top = (HEIGHT + TITLE) * number as f64;
        let name = escaped(&image.name);
        let (size, packed) = (
            HumanBytes(image.bytes.unpacked),
            HumanBytes(image.bytes.compressed),
        );
        let _ = writeln!(
            out,
            "<text x=\"4\" y=\"{}\" font-size=\"16\">{name}: {size} unpacked, {packed} compressed</text>",
            top + 20.0
        );
        let area = Rectangle {
            x: 0.0,
            y: top + TITLE,
            width: WIDTH,
            height: HEIGHT,
        };
        draw(&mut out, image, area);
    }
    out.push_str("</svg>\n");
    out
}

fn draw(out: &mut String, image: &ImageSize, area: Rectangle) {
    let parts: Vec<_> = image
        .packages
        .iter()
        .filter(|part| part.bytes.unpacked > 0)
        .collect();
    let sizes: Vec<u64> = parts.iter().map(|part| part.bytes.unpacked).collect();
    for (number, (part, place)) in parts.iter().zip(squarify(&sizes, area)).enumerate() {
        let colour = COLOURS[number % COLOURS.len()];
        let name = escaped(&part.name);
        let _ = writeln!(
            out,
            "<g fill=\"{colour}\" stroke=\"#fff\"><title>{name}: {}</title>",
            HumanBytes(part.bytes.unpacked)
        );
        let mut folders: Vec<(&String, u64)> = image
            .tiles
            .get(&part.name)
            .map(|tiles| {
                tiles
                    .iter()
                    .map(|(folder, bytes)| (folder, *bytes))
                    .collect()
            })
            .unwrap_or_default();
        folders.sort_by(|(a, x), (b, y)| y.cmp(x).then(a.cmp(b)));
        let sizes: Vec<u64> = folders.iter().map(|(_, bytes)| *bytes).collect();
        for ((folder, bytes), tile) in folders.iter().zip(squarify(&sizes, place)) {
            let Rectangle {
                x,
                y,
                width,
                height,
            } = tile;
            let _ = writeln!(
                out,
                "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" \
                 stroke-width=\"0.5\"><title>{name} {}: {}</title></rect>",
                escaped(folder),
                HumanBytes(*bytes)
            );
        }
        let Rectangle {
            x,
            y,
            width,
            height,
        } = place;
        let _ = writeln!(
            out,
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" \
             fill=\"none\" stroke=\"#333\"/>"
        );
        // Letters are some 0.6 of their height wide.
        let font = (width / (part.name.chars().count().max(1) as f64 * 0.6)).min(16.0);
        if font >= LEAST_TEXT && height > font * 1.4 {
            let _ = writeln!(
                out,
                "<text x=\"{:.2}\" y=\"{:.2}\" font-size=\"{font:.1}\" fill=\"#000\" stroke=\"none\">{name}</text>",
                x + 3.0,
                y + font * 1.1
            );
        }
        out.push_str("</g>\n");
    }
}

/// Places rectangles of these sizes, the largest first, in an area.
fn squarify(sizes: &[u64], area: Rectangle) -> Vec<Rectangle> {
    let total: f64 = sizes.iter().map(|size| *size as f64).sum();
    let scale = area.width * area.height / total.max(1.0);
    let areas: Vec<f64> = sizes.iter().map(|size| *size as f64 * scale).collect();
    let mut placed = Vec::with_capacity(sizes.len());
    let mut free = area;
    let mut rest = areas.as_slice();
    while !rest.is_empty() {
        let side = free.width.min(free.height);
        let mut count = 1;
        while count < rest.len() && worst(&rest[..=count], side) <= worst(&rest[..count], side) {
            count += 1;
        }
        let (row, after) = rest.split_at(count);
        let sum: f64 = row.iter().sum();
        let thickness = if side > 0.0 { sum / side } else { 0.0 };
        let mut along = 0.0;
        for size in row {
            let length = if thickness > 0.0 {
                size / thickness
            } else {
                0.0
            };
            placed.push(match free.width >= free.height {
                true => Rectangle {
                    x: free.x,
                    y: free.y + along,
                    width: thickness,
                    height: length,
                },
                false => Rectangle {
                    x: free.x + along,
                    y: free.y,
                    width: length,
                    height: thickness,
                },
            });
            along += length;
        }
        match free.width >= free.height {
            true => {
                free.x += thickness;
                free.width = (free.width - thickness).max(0.0);
            }
            false => {
                free.y += thickness;
                free.height = (free.height - thickness).max(0.0);
            }
        }
        rest = after;
    }
    placed
}

/// The worst ratio of sides in a row along a side.
fn worst(row: &[f64], side: f64) -> f64 {
    let sum: f64 = row.iter().sum();
    let (least, most) = row.iter().fold((f64::MAX, 0.0_f64), |(least, most), size| {
        (least.min(*size), most.max(*size))
    });
    let (side, sum) = (side * side, sum * sum);
    (side * most / sum).max(sum / (side * least))
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_as_the_sizes_and_fill_the_room() {
        let area = Rectangle {
            x: 10.0,
            y: 20.0,
            width: 600.0,
            height: 400.0,
        };
        let sizes = [600, 600, 400, 300, 200, 200, 100];
        let placed = squarify(&sizes, area);
        for (size, place) in sizes.iter().zip(&placed) {
            let share = place.width * place.height / 240_000.0;
            assert!((share - *size as f64 / 2400.0).abs() < 1e-9);
            assert!(place.x >= 9.99 && place.x + place.width <= 610.01);
            assert!(place.y >= 19.99 && place.y + place.height <= 420.01);
        }
        // No two lie upon each other.
        for (at, a) in placed.iter().enumerate() {
            for b in &placed[at + 1..] {
                let apart = a.x + a.width <= b.x + 0.01
                    || b.x + b.width <= a.x + 0.01
                    || a.y + a.height <= b.y + 0.01
                    || b.y + b.height <= a.y + 0.01;
                assert!(apart, "{a:?} {b:?}");
            }
        }
        assert!(squarify(&[], area).is_empty());
    }

    #[test]
    fn names_are_escaped() {
        assert_eq!(
            escaped("<a & \"b\">\n"),
            "&lt;a &amp; &quot;b&quot;&gt;\u{fffd}"
        );
    }
}
