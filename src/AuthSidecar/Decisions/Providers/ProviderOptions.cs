using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Decisions.Providers;

/// <summary>One entry of <c>Providers</c>.</summary>
internal sealed class ProviderOptions
{
    /// <summary>Dialect of the API.</summary>
    public Dialect Dialect { get; set; } = Dialect.Openai;

    /// <summary>Central credential. Without one only requests with the caller's own credential (BYOK) reach the provider.</summary>
    public Secret? Credential { get; set; }
}
