// Asks before something is done that cannot be undone.

/** Resolves to whether the person agreed. `dialog` has [data-question], [data-yes] and [data-no]. */
export function confirmed(dialog, question, yes) {
  dialog.querySelector("[data-question]").textContent = question;
  const agree = dialog.querySelector("[data-yes]");
  agree.textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  dialog.querySelector("[data-no]").focus();
  return new Promise((resolve) => {
    agree.onclick = () => dialog.close("yes");
    dialog.querySelector("[data-no]").onclick = () => dialog.close("");
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
