import { describeLeftOut, showAdvice } from "/static/advice.js";
import { equal, ok } from "./check.js";

const RULE = { id: "r", version: 1, sources: [{ id: "s", kind: "guideline", reference: "A guideline, 2024." }] };
const ITEM = { kind: "active", text: "Azelaic acid helps.", lang: "en", dir: "ltr", rule: RULE, product: null, cautions: [], conflicts: [], check_label: [], already_used: false };
const GEL = { name: "<b>Gel</b>", price: "LE 5", url: "javascript:alert(1)", in_stock: false, is_sample: false };
const ADVICE = {
  recommendations: {
    acne: [ITEM, { ...ITEM, kind: "product", text: "It lists azelaic acid.", product: GEL, cautions: [{ text: "Start slowly." }], check_label: [{ text: "Check the label." }] }],
    dark_spots: [{ ...ITEM, kind: "clinician", text: "Please have a doctor look at it soon." }],
    eczema: [],
  },
  blocked: [{ text: "Not recommended until you answer: retinol." }],
  questions: [{ name: "skin_type", text: "What is your skin like?" }],
  left_out: { acne: { blocked: 1, unknown: 2 } },
};

function shown(advice) {
  const host = document.createElement("div");
  host.hidden = true;
  showAdvice(host, advice);
  ok(!host.hidden, "shown");
  return host;
}

export default {
  "what may help is shown by condition, with products, cautions, sources and what is left out"() {
    const host = shown(ADVICE);
    equal([...host.querySelectorAll("[data-condition]")].map(({ dataset, open }) => [dataset.condition, open]), [["acne", false], ["dark_spots", true]]);
    const acne = host.querySelector("[data-condition=acne]").textContent;
    for (const words of ["1 product", "LE 5 · sold out", "Start slowly.", "Check the label.", "A guideline, 2024.", "2 products left out because"]) {
      ok(acne.includes(words), words);
    }
    ok(host.querySelector(".blocked").textContent.includes("until you answer"), "what is blocked");
    ok(host.textContent.includes("skin type"), "the open question");
  },
  "names stay text, and addresses that are none of the web's are no links"() {
    const host = shown(ADVICE);
    ok(host.querySelector(".product-name").textContent.startsWith("<b>Gel</b>"), "as text");
    equal([...host.querySelectorAll("a")].map((link) => link.hash), ["#history"]);
  },
  "where nothing is recommended that is said, and is no all-clear"() {
    equal(shown({ recommendations: { acne: [] } }).querySelector(".hint").textContent, "Nothing is recommended for what is seen in this picture.");
  },
  "what is left out is counted"() {
    equal([describeLeftOut(), describeLeftOut({ blocked: 1, unknown: 0 })], ["", "1 product left out for what they contain."]);
  },
};
