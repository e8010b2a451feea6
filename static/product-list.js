// Products as the server answers them, as elements. Every text is set as text: what looks like HTML stays what it is.

/** Categories with their products, in the answer's order; counts is the answer's facets.categories. */
export function showCategories(categories, counts) {
  return Object.entries(categories).map(([category, products]) => {
    const section = make("section", "category");
    section.dataset.category = category;
    const title = make("h2", "", category);
    title.append(make("span", "", ` ${counts[category] ?? products.length}`));
    const list = make("ul");
    list.append(...products.map(showProduct));
    section.append(title, list);
    return section;
  });
}

/** One product: name with the found parts marked, price, what is in it. */
export function showProduct(product) {
  const item = make("li", "product");
  const address = safeAddress(product.url);
  const name = make(address ? "a" : "span");
  name.dir = "auto";
  if (address) {
    name.href = address;
    name.target = "_blank";
    name.rel = "noopener noreferrer nofollow";
  }
  for (const part of product.name_parts) name.append(part.match ? make("mark", "", part.text) : part.text);
  const price = make("p", product.in_stock === false ? "price sold-out" : "price", product.price || "No price given");
  price.dir = "auto";
  if (product.in_stock === false && !/sold\s*out/i.test(product.price)) price.append(" · sold out");
  item.append(name, price);
  if (product.ingredients === null) {
    item.append(make("p", "hint", "Ingredients unknown"));
  } else {
    const details = make("details");
    details.append(make("summary", "", "Ingredients"), make("p", "", product.ingredients.join(", ")));
    item.append(details);
  }
  return item;
}

/** The address where it is one of the web's, else null. */
export function safeAddress(text) {
  try {
    const { protocol, href } = new URL(text);
    return protocol === "https:" || protocol === "http:" ? href : null;
  } catch {
    return null;
  }
}

function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}
