// Shows the description of the HTTP API; "try it out" is left out: a form of the console is the place to act.
window.addEventListener("load", () => {
  SwaggerUIBundle({
    url: "/api/openapi.json",
    dom_id: "#api",
    deepLinking: true,
    supportedSubmitMethods: [],
    validatorUrl: null,
    docExpansion: "none",
  });
});
