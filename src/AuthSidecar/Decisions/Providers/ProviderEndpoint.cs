namespace AuthSidecar.Decisions.Providers;

/// <summary>Location of the model name in a request.</summary>
internal enum ModelLocation
{
    /// <summary>The endpoint uses no model.</summary>
    None,

    /// <summary>The path.</summary>
    Path,

    /// <summary>The field <c>model</c> of a JSON body.</summary>
    Body,

    /// <summary>The query parameter <c>model</c> or, on Azure, <c>deployment</c>.</summary>
    Query,

    /// <summary>Invisible to Check: a WebSocket message, a file, a form, or a stored object.</summary>
    Hidden,
}

/// <summary>One endpoint of a provider's API.</summary>
/// <param name="Method">Upper-case method, <c>*</c> for any, or <see cref="WebSocket"/>. GET includes HEAD.</param>
/// <param name="Template">
/// Path with <c>{name}</c> for any segment, <c>{name}:verb</c> for a segment that ends in a verb, and <c>{**rest}</c> for all following
/// segments. A leading version matches any version; see <see cref="EndpointMap"/>.
/// </param>
/// <param name="Kind">Effect of a request.</param>
/// <param name="Model">Location of the model name.</param>
/// <param name="CostsLater">True when the request creates an object that incurs cost later: a batch, a run, a fine-tune, a cache.</param>
internal sealed record ProviderEndpoint(
    string Method,
    string Template,
    EndpointKind Kind,
    ModelLocation Model = ModelLocation.None,
    bool CostsLater = false
)
{
    /// <summary>
    /// Method of a WebSocket upgrade. HTTP methods contain no parentheses (RFC 9110, section 5.6.2), so it cannot collide.
    /// </summary>
    public const string WebSocket = "(ws)";

    /// <summary>
    /// True for endpoints that <c>Endpoints: inference</c> allows: they generate at once, moderate, list models or count tokens.
    /// </summary>
    public bool IsInference =>
        !CostsLater && Kind is EndpointKind.Generates or EndpointKind.ListsModels or EndpointKind.CountsTokens or EndpointKind.Moderates;
}
