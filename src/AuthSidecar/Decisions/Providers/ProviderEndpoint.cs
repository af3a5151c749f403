namespace AuthSidecar.Decisions.Providers;

/// <summary>Where a request to an endpoint names its model.</summary>
internal enum ModelLocation
{
    /// <summary>Nowhere: the endpoint uses no model.</summary>
    None,

    /// <summary>In the path.</summary>
    Path,

    /// <summary>In the member <c>model</c> of a JSON body.</summary>
    Body,

    /// <summary>In the query, as <c>model</c> or, at Azure, <c>deployment</c>.</summary>
    Query,

    /// <summary>Where Check cannot see it: in a message of the socket, a file, a form, or an object made before.</summary>
    Hidden,
}

/// <summary>One endpoint of a provider's API.</summary>
/// <param name="Method">Upper-case method, or <see cref="WebSocket"/>. A GET answers HEAD too.</param>
/// <param name="Template">
/// Path with <c>{name}</c> for any one segment, <c>{name}:verb</c> for one that ends in a verb, and <c>{**rest}</c> for any further ones.
/// A version at its beginning stands for any version; see <see cref="EndpointMap"/>.
/// </param>
/// <param name="Kind">What a request there does.</param>
/// <param name="Model">Where it names its model.</param>
/// <param name="CostsLater">It makes an object of the account that costs by itself afterwards: a batch, a run, a fine-tune, a
/// cache.</param>
internal sealed record ProviderEndpoint(
    string Method,
    string Template,
    EndpointKind Kind,
    ModelLocation Model = ModelLocation.None,
    bool CostsLater = false
)
{
    /// <summary>A GET that opens a WebSocket. No method of HTTP has a parenthesis (RFC 9110, section 5.6.2).</summary>
    public const string WebSocket = "(ws)";

    /// <summary>It generates at once, lists models or counts tokens: what <c>Endpoints: inference</c> lets pass.</summary>
    public bool IsInference => !CostsLater && Kind is EndpointKind.Generates or EndpointKind.ListsModels or EndpointKind.CountsTokens;
}
