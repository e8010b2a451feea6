import { safeAddress, showCategories, showProduct } from "/static/product-list.js";
import { equal, ok } from "./check.js";

const product = {
  name: "Nile Gel",
  name_parts: [{ text: "Nile ", match: false }, { text: "Gel", match: true }],
  price: "LE 5.00",
  url: "https://shop.example/gel",
  in_stock: null,
  ingredients: ["aqua", "glycerin"],
};

export default {
  "a product has its name with the found part marked, its price and its ingredients"() {
    const item = showProduct(product);
    equal([item.querySelector("a").textContent, item.querySelector("mark").textContent], ["Nile Gel", "Gel"]);
    equal([item.querySelector(".price").textContent, item.querySelector("details p").textContent], ["LE 5.00", "aqua, glycerin"]);
    ok(item.querySelector("a").rel.includes("noopener"), "may reach back");
  },
  "HTML in a name is text"() {
    const evil = "<img src=x onerror=alert(1)><script>alert(1)</script>";
    const item = showProduct({ ...product, name_parts: [{ text: evil, match: true }], price: evil, ingredients: [evil] });
    equal(item.querySelector("a").textContent, evil);
    ok(!item.querySelector("img, script"), "became an element");
  },
  "an address that is not the web's is no link"() {
    for (const url of ["javascript:alert(1)", "data:text/html,x", "", "nonsense"]) {
      equal(safeAddress(url), null);
      ok(!showProduct({ ...product, url }).querySelector("a"), url);
    }
  },
  "unknown ingredients are called unknown"() {
    ok(showProduct({ ...product, ingredients: null }).textContent.includes("Ingredients unknown"), "silent");
  },
  "what is sold out says so, once"() {
    equal(showProduct({ ...product, in_stock: false }).querySelector(".price").textContent, "LE 5.00 · sold out");
    equal(showProduct({ ...product, in_stock: false, price: "Sold out" }).querySelector(".price").textContent, "Sold out");
  },
  "categories come in their order with how many there are of each"() {
    const sections = showCategories({ Acne: [product], Other: [product, product] }, { Acne: 7, Other: 2 });
    equal(sections.map((section) => section.querySelector("h2").textContent), ["Acne 7", "Other 2"]);
    equal(sections[1].querySelectorAll("li").length, 2);
  },
};
