import { History, asPair, describeMarks } from "/static/history.js";
import { equal, ok } from "./check.js";

const line = (id, hour) => ({ report_id: id, date: `2026-11-26T${hour}:00:00Z`, detections: { acne: 2, wrinkles: 0 }, face_image_url: null });

class Reports {
  asked = [];
  constructor(all) {
    this.all = all;
  }
  async call(path) {
    this.asked.push(path);
    const query = new URLSearchParams(path.split("?")[1]);
    const offset = Number(query.get("offset"));
    return { answer: this.all.slice(offset, offset + Number(query.get("limit"))), headers: new Headers({ "X-Total-Count": String(this.all.length) }) };
  }
}

function listOf(all) {
  const host = document.createElement("div");
  document.body.append(host);
  const done = [];
  const act = { open: (report) => done.push(["open", report.report_id]), compare: ({ first, second }) => done.push(["compare", first.report_id, second.report_id]), remove: async () => true };
  return { host, done, reports: new Reports(all), make: (server) => new History(host, server, act) };
}

const press = async (host, words) => {
  [...host.querySelectorAll("button")].find(({ textContent }) => textContent === words).click();
  await new Promise((resolve) => setTimeout(resolve));
};

export default {
  async "reports come a page at a time, and none twice"() {
    const { host, reports, make } = listOf(Array.from({ length: 12 }, (_, index) => line(`r${index}`, String(22 - index))));
    const history = make(reports);
    equal(await history.refresh(), 12);
    equal(host.querySelectorAll("li").length, 10);
    reports.all.unshift(line("newer", "23"));
    await press(host, "Show older");
    equal(host.querySelectorAll("li").length, 12);
    equal(new Set([...host.querySelectorAll("li")].map(({ dataset }) => dataset.report)).size, 12);
    history.clear();
    equal(host.querySelectorAll("li").length, 0);
  },
  async "two are compared, the earlier one first, and a third takes the first one's place"() {
    const { host, done, reports, make } = listOf([line("c", "12"), line("b", "11"), line("a", "10")]);
    await make(reports).refresh();
    const boxes = [...host.querySelectorAll("input")];
    for (const box of boxes) box.click();
    equal(boxes.map(({ checked }) => checked), [false, true, true]);
    await press(host, "Compare the two");
    equal(done, [["compare", "a", "b"]]);
  },
  async "a deleted report leaves the list"() {
    const { host, reports, make } = listOf([line("b", "11"), line("a", "10")]);
    await make(reports).refresh();
    await press(host, "Delete");
    equal([...host.querySelectorAll("li")].map(({ dataset }) => dataset.report), ["a"]);
    ok(host.textContent.includes("1 report"), "counted");
  },
  async "an empty history says what to do"() {
    const { host, reports, make } = listOf([]);
    equal(await make(reports).refresh(), 0);
    ok(host.textContent.includes("No reports yet."), "words");
  },
  "a line says what was marked, and a pair needs two"() {
    equal(describeMarks({ detections: { dark_spots: 1, acne: 3, eczema: 0 } }), "Acne 3 · Dark spots 1");
    equal(describeMarks({ detections: {} }), "Nothing was marked in this picture");
    equal(asPair([line("a", "10")]), null);
  },
};
