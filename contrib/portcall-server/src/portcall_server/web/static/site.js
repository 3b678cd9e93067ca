// The pages work without this: it shows conditions, the preview and values to choose from as one types.
"use strict";

const later = (call, pause) => {
  let timer = 0;
  return (...given) => { clearTimeout(timer); timer = setTimeout(() => call(...given), pause); };
};

// Conditions of fields: what `portcall.fields.conditions` reads.
const valueOf = (form, name) => {
  const input = form.elements.namedItem(`f.${name}`);
  if (!input) return null;
  const field = input.closest("[data-default]");
  const text = input.value.trim() || (field ? field.dataset.default : "");
  const kept = input.placeholder && input.placeholder.startsWith("kept");
  if (text === "") return kept ? "***" : null;
  return text === "true" ? true : text === "false" ? false : text;
};
const isOne = (form, name, values) => {
  const held = name === "@sync_mode" ? (form.elements.namedItem("sync_mode") || {}).value : valueOf(form, name);
  return values.some((each) => each === null ? held === null : held !== null && String(each) === String(held));
};
const holds = (form, condition) => Object.entries(condition).every(([name, wanted]) => {
  if (name === "@any") return wanted.some((each) => holds(form, each));
  if (name === "@all") return wanted.every((each) => holds(form, each));
  const negated = wanted !== null && typeof wanted === "object" && !Array.isArray(wanted);
  const values = negated ? wanted.is_not : wanted;
  return isOne(form, name, Array.isArray(values) ? values : [values]) !== negated;
});
const showConditions = (form) => {
  for (const field of form.querySelectorAll("[data-depends]")) {
    field.hidden = !holds(form, JSON.parse(field.dataset.depends));
  }
  for (const field of form.querySelectorAll("[data-required-if]")) {
    const mark = field.querySelector(".may, .must");
    const required = holds(form, JSON.parse(field.dataset.requiredIf));
    mark.className = required ? "must" : "may";
    mark.textContent = required ? "required" : "optional";
  }
};
for (const form of document.querySelectorAll("form")) {
  if (!form.querySelector("[data-depends], [data-required-if]")) continue;
  form.addEventListener("input", () => showConditions(form));
  showConditions(form);
}

// A list that is narrowed down as one types.
for (const input of document.querySelectorAll("[data-filters]")) {
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/);
    for (const item of document.querySelectorAll(input.dataset.filters)) {
      const text = item.textContent.toLowerCase();
      item.hidden = !words.every((word) => text.includes(word));
    }
  });
}

// The preview.
const trial = document.getElementById("trial");
let latest = 0;
const renew = async () => {
  const turn = ++latest;
  const sent = new URLSearchParams(new FormData(trial));
  sent.set("do", "preview");
  try {
    const answer = await fetch(trial.action, { method: "POST", body: sent, headers: { "x-portcall-part": "preview" } });
    const text = await answer.text();
    if (turn !== latest) return;
    const parsed = new DOMParser().parseFromString(text, "text/html");
    const fresh = parsed.querySelector("main") ? parsed.querySelectorAll("main .note") : parsed.body.childNodes;
    document.getElementById("preview").replaceChildren(...fresh);
  } catch {
    document.getElementById("preview").textContent = "The server does not answer.";
  }
};
if (trial) {
  trial.addEventListener("input", later(renew, 250));
  trial.querySelector("[data-preview]").hidden = true;
  const preset = document.getElementById("preset");
  if (preset) preset.addEventListener("change", () => trial.requestSubmit(trial.querySelector("[data-preview]")));
}

// Values to choose from, as the browser's own list at the input.
for (const link of document.querySelectorAll("[data-choices]")) {
  const input = document.getElementById(link.dataset.choices);
  const list = document.createElement("datalist");
  list.id = `${input.id}-list`;
  input.after(list);
  input.setAttribute("list", list.id);
  let asked = null;
  const fill = async () => {
    const query = input.value.startsWith("$") ? "" : input.value;
    if (asked === query) return;
    asked = query;
    const answer = await fetch(`${link.href}?json=1&q=${encodeURIComponent(query)}`);
    if (!answer.ok || asked !== query) return;
    const found = (await answer.json()).items || [];
    list.replaceChildren(...found.map((each) => new Option(each.label, each.entry)));
  };
  input.addEventListener("focus", fill);
  input.addEventListener("input", later(fill, 300));
}

// A sign-in on another device: look whether the person has decided.
const watched = document.querySelector("[data-watch]");
if (watched) {
  setInterval(async () => {
    try {
      const answer = await fetch(location.href, { headers: { "x-portcall-part": "preview" } });
      if ((await answer.json()).state !== watched.dataset.watch) location.reload();
    } catch { /* the server ended, or starts again */ }
  }, 1000);
}

// Plugins that are files: show what an edit changed.
const place = document.body.dataset.stamp;
if (place) {
  let known = null;
  const look = async () => {
    try {
      const { stamp } = await (await fetch(place)).json();
      if (known !== null && stamp !== known) {
        if (trial) await renew(); else if (!document.querySelector("form[method=post]")) location.reload();
      }
      known = stamp;
    } catch { /* the server ended, or starts again */ }
  };
  setInterval(look, 1000);
  look();
}
