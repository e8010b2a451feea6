import { AboutYou, asAnswers, asNames } from "/static/about-you.js";
import { equal } from "./check.js";

const choice = (value) => ({ value, text: value });
const QUESTIONS = [
  { name: "skin_type", text: "Skin?", many: false, free: false, choices: [choice("dry"), choice("oily")] },
  { name: "allergies", text: "Allergies?", many: true, free: true, choices: [choice("nuts"), choice("soy")] },
  { name: "using", text: "Using?", many: true, free: false, choices: [choice("retinol")] },
];

export default {
  "what is not answered stays open, and no allergy is an answer"() {
    const many = { allergies: [], using: [] };
    equal(asAnswers({ one: { skin_type: "" }, many, others: " ", noAllergy: false }), { skin_type: null, allergies: null, using: [] });
    equal(asAnswers({ one: {}, many, others: "", noAllergy: true }).allergies, []);
    equal(asAnswers({ one: {}, many: { ...many, allergies: ["nuts"] }, others: "tea  tree oil,", noAllergy: true }).allergies, ["nuts", "tea tree oil"]);
    equal(asNames(" , "), []);
  },
  async "the form shows what was answered, and sends all of it"() {
    const host = document.createElement("div");
    document.body.append(host);
    const sent = [];
    const server = {
      ask: async (path, { json } = {}) => {
        if (json) sent.push(json);
        return { message: "Kept.", questions: QUESTIONS, answers: json ?? { skin_type: "oily", allergies: ["soy", "tea tree oil"], using: [] } };
      },
    };
    await new AboutYou(host, server).refresh();
    host.querySelector("[value=retinol]").click();
    host.querySelector("form").requestSubmit();
    await new Promise((resolve) => setTimeout(resolve));
    equal(sent, [{ skin_type: "oily", allergies: ["soy", "tea tree oil"], using: ["retinol"] }]);
    equal(host.querySelector("[role=status]").textContent, "Kept.");
  },
};
