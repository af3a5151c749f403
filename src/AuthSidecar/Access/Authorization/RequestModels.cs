using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Authorization;

/// <summary>The models that a request names: in its path, in its query or body, and in its tools.</summary>
internal static class RequestModels
{
    /// <summary>
    /// All that are readable, where the policy or the key limits models; else none. <see cref="ModelStep"/> denies requests whose model is
    /// unreadable.
    /// </summary>
    public static IReadOnlyList<string> WithLimits(CheckContext context)
    {
        if (context.Policy.ModelLimits is null && context.Identity?.ModelLimits is null)
        {
            return [];
        }

        var inPath = ModelNames.InPath(context);
        return
        [
            .. inPath
                .Append(OutsidePath(context, inPath))
                .Append(context.Request.Body.ToolModel)
                .OfType<string>()
                .Where(model => model.Length > 0),
        ];
    }

    /// <summary>The model in query or body; null: there is none; empty: required but unreadable.</summary>
    /// <param name="context">After the steps that set policy and endpoint.</param>
    /// <param name="inPath">The models in its path.</param>
    public static string? OutsidePath(CheckContext context, IReadOnlyList<string> inPath) =>
        LocationOf(context, inPath) switch
        {
            ModelLocation.Body => InBody(context),
            ModelLocation.Query => ModelNames.InQuery(context.Request.Query),
            ModelLocation.Hidden => "",
            _ => null,
        };

    /// <summary>The model in the body; empty: there is none, or it is unreadable.</summary>
    public static string InBody(CheckContext context)
    {
        var model = context.Request.Body.Model ?? "";
        return context.Policy.Dialect == Dialect.Gemini && model.StartsWith("models/", StringComparison.Ordinal)
            ? model["models/".Length..]
            : model;
    }

    private static ModelLocation LocationOf(CheckContext context, IReadOnlyList<string> inPath)
    {
        if (!context.Kind.HasFlag(RequestKind.WebSocket) && context.Request.Method is "GET" or "HEAD" or "DELETE" or "OPTIONS")
        {
            return ModelLocation.None;
        }

        if (context.Policy.Endpoints is null)
        {
            // Without a provider, only a list in the policy shows that requests name models.
            return context.Policy.Options.Models.Count > 0 ? ModelLocation.Body : ModelLocation.None;
        }

        return context.EndpointMatch.Endpoint?.Model ?? (inPath.Count > 0 ? ModelLocation.Path : ModelLocation.Body);
    }
}
