// SPDX-License-Identifier: BSD-2-Clause
// What a test asks of the page in the browser (test_compare_page.py). Each gives a list of faults, empty
// if all is well, or of what it found.
const audit = {};

const name = (element) => {
	const text = (element.textContent || "").trim().slice(0, 40);
	return `${element.tagName} ${element.id || element.getAttribute("class") || ""} "${text}"`;
};

// ---- Colours

const luminance = ([red, green, blue]) => {
	const part = (value) => {
		value /= 255;
		return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
	};
	return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
};

const colour = (text) => {
	const found = text.match(/^rgba?\(([^)]*)\)$/);
	if (!found)
		throw new Error(`no colour: ${text}`);
	return found[1].split(/[,/ ]+/).map(Number);
};

const contrast = (a, b) => {
	const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
	return (x + 0.05) / (y + 0.05);
};

// What is behind an element: the nearest colour, which must be whole.
const behind = (element) => {
	for (; element; element = element.parentElement) {
		const back = colour(getComputedStyle(element).backgroundColor);
		if (back[3] === undefined || back[3] === 1)
			return back;
		if (back[3] !== 0)
			throw new Error(`half transparent: ${name(element)}`);
	}
	return [255, 255, 255];
};

audit.paper = () => behind(document.body).slice(0, 3);

const hasText = (element) => [...element.childNodes].some(
	(node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== "");

const isShown = (element) => {
	const box = element.getBoundingClientRect();
	return box.width > 1 && box.height > 1 && !element.closest("title, desc, style, head");
};

audit.texts = () => [...document.querySelectorAll("*")].filter((e) => hasText(e) && isShown(e));

audit.faint = () => audit.texts().map((element) => {
	const style = getComputedStyle(element);
	const front = colour(element instanceof SVGElement ? style.fill : style.color);
	const ratio = contrast(front, behind(element));
	return ratio < 4.5 || style.opacity !== "1" ? `${name(element)} ${ratio.toFixed(2)}` : null;
}).filter(Boolean);

// Bars against the paper, WCAG 1.4.11: 3:1.
audit.faintBars = () => [...document.querySelectorAll("[data-bar]")].map((bar) => {
	const ratio = contrast(colour(getComputedStyle(bar).stroke), behind(bar));
	return ratio < 3 ? `${name(bar)} ${ratio.toFixed(2)}` : null;
}).filter(Boolean);

// ---- Places

// A caption for screen readers is one pixel wide on purpose.
audit.overflow = () => {
	const width = document.documentElement.clientWidth;
	const faults = [...document.querySelectorAll("body *:not(caption)")].filter((element) => {
		const box = element.getBoundingClientRect();
		return isShown(element) && (box.right > width + 0.5 || box.left < -0.5);
	}).map(name);
	if (document.documentElement.scrollWidth > width)
		faults.push(`scrolls: ${document.documentElement.scrollWidth} of ${width}`);
	return faults;
};

const overlap = (a, b) => a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 &&
	b.top < a.bottom - 0.5;

// Text of a chart that is cut off, or covered by other text or by a bar.
audit.crowded = () => {
	const faults = [];
	for (const svg of document.querySelectorAll("svg")) {
		const frame = svg.getBoundingClientRect();
		const texts = [...svg.querySelectorAll("text")];
		const boxes = new Map([...texts, ...svg.querySelectorAll("rect")].map(
			(element) => [element, element.getBoundingClientRect()]));
		for (const text of texts) {
			const box = boxes.get(text);
			if (box.left < frame.left - 0.5 || box.right > frame.right + 0.5 ||
			    box.bottom > frame.bottom + 0.5)
				faults.push(`cut off: ${name(text)}`);
			for (const [other, place] of boxes)
				if (other !== text && overlap(box, place) &&
				    (other.tagName === "text" || place.width > 0 && place.left < box.right &&
				     Math.min(box.bottom, place.bottom) - Math.max(box.top, place.top) > 4))
					faults.push(`covered: ${name(text)} by ${name(other)}`);
		}
	}
	return faults;
};

// Cells whose text runs into the next.
audit.tight = () => [...document.querySelectorAll("td, th")].filter(
	(cell) => cell.scrollWidth > cell.clientWidth + 1).map(name);

// ---- Meaning

audit.unnamed = () => {
	const faults = [];
	for (const svg of document.querySelectorAll("svg")) {
		const ids = (svg.getAttribute("aria-labelledby") || "").split(" ").filter(Boolean);
		const parts = ids.map((id) => document.getElementById(id));
		if (svg.getAttribute("role") !== "img" || parts.length !== 2 ||
		    !parts.every((part) => part && svg.contains(part) && part.textContent.trim()))
			faults.push(name(svg));
	}
	return faults;
};

audit.headless = () => {
	const faults = [];
	for (const table of document.querySelectorAll("table")) {
		const heads = [...table.querySelectorAll("thead tr > *")];
		const isFine = table.caption && table.caption.textContent.trim() &&
			heads.slice(1).every((head) => head.tagName === "TH" && head.scope === "col" &&
				head.textContent.trim()) &&
			[...table.tBodies[0].rows].every((row) => row.cells.length === heads.length &&
				row.cells[0].tagName === "TH" && row.cells[0].scope === "row" &&
				row.cells[0].textContent.trim());
		if (!isFine || heads.length < 2)
			faults.push(name(table));
	}
	return faults;
};

audit.structure = () => {
	const faults = [];
	const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
	faults.push(...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `id twice: ${id}`));
	for (const link of document.querySelectorAll("a"))
		if (!/^#./.test(link.getAttribute("href")) || !ids.includes(link.getAttribute("href").slice(1)))
			faults.push(`link: ${link.outerHTML}`);
	let level = 0;
	for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
		if (Number(heading.tagName[1]) > level + 1)
			faults.push(`heading: ${name(heading)}`);
		level = Number(heading.tagName[1]);
	}
	if (document.querySelectorAll("h1").length !== 1 || !document.title || !document.documentElement.lang)
		faults.push("no title, language, or one h1");
	return faults;
};

// ---- Numbers

const take = (selector, ...keys) => [...document.querySelectorAll(selector)].map((element) => [
	...keys.map((key) => element.getAttribute(key)), element.textContent]);

audit.values = () => ({
	numbers: take("[data-key]", "data-key", "value", "data-unit"),
	names: take("[data-name]", "data-name"),
	shares: take("[data-share]", "data-share", "data-of"),
	bars: take("[data-bar]", "data-bar", "data-full", "width", "class"),
	shown: take("[data-shown]", "data-shown"),
	labels: take("svg .label"),
	charts: [...document.querySelectorAll("svg")].map((svg) => [
		svg.querySelector("desc").textContent,
		[...svg.querySelectorAll(".value")].map((value) => value.textContent)]),
});

// Text with a digit that is no number of the totals.
audit.otherDigits = () => audit.texts().filter((element) => !element.closest(
	"[data-key], [data-share], [data-name], [data-shown], svg, small")).map((element) =>
	[...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data)
		.join("")).filter((text) => /\d/.test(text));

audit.all = () => {
	const faults = {};
	for (const what of ["faint", "faintBars", "overflow", "crowded", "tight", "unnamed", "headless",
		"structure"]) {
		const found = audit[what]();
		if (found.length)
			faults[what] = found.slice(0, 5);
	}
	return faults;
};
