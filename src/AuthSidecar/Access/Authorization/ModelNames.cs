using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Access.Authorization;

/// <summary>Reads the model from a path or a query, where the provider's API carries it there.</summary>
internal static class ModelNames
{
    /// <summary>
    /// Gemini: <c>…/models/{model}</c> and <c>…/models/{model}:verb</c>, and the same with <c>tunedModels</c>. Azure:
    /// <c>…/deployments/{model}/…</c>. OpenAI and Copilot: <c>…/engines/{model}/…</c>.
    /// Returns all names of a path with several, because the provider's choice is not predictable.
    /// </summary>
    /// <param name="path">Decoded, without query.</param>
    /// <param name="dialect">The provider's dialect.</param>
    public static IReadOnlyList<string> In(string path, Dialect? dialect) =>
        dialect switch
        {
            Dialect.Gemini => (string[])[.. After("models", path, WithoutVerb), .. After("tunedModels", path, WithoutVerb)],
            Dialect.AzureOpenai => After("deployments", path, name => name),
            Dialect.Openai or Dialect.Copilot => After("engines", path, name => name),
            _ => [],
        };

    /// <summary>The models in the request's path, computed once per request.</summary>
    public static IReadOnlyList<string> InPath(CheckContext context) => context.PathModels ??= In(context.Path, context.Policy.Dialect);

    /// <summary>
    /// The model in the parameter <c>model</c> or <c>deployment</c>; empty: none, or two different ones.
    /// </summary>
    /// <param name="query">Raw, without its question mark.</param>
    public static string InQuery(ReadOnlySpan<char> query)
    {
        var found = "";
        foreach (var range in query.SplitAny('&', ';'))
        {
            var parameter = new Query.Parameter(query[range]);
            var name = Query.Decode(parameter.RawName);
            if (!name.Equals("model", StringComparison.OrdinalIgnoreCase) && !name.Equals("deployment", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var model = Query.Decode(parameter.RawValue);
            if (found.Length > 0 && found != model)
            {
                return "";
            }

            found = model;
        }

        return found;
    }

    // Azure reads the collection case-insensitively.
    private static List<string> After(string collection, string path, Func<string, string> read)
    {
        var segments = path.Split('/');
        return
        [
            .. segments
                .Zip(segments.Skip(1))
                .Where(pair => pair.First.Equals(collection, StringComparison.OrdinalIgnoreCase) && pair.Second.Length > 0)
                .Select(pair => read(pair.Second)),
        ];
    }

    private static string WithoutVerb(string name) => name.LastIndexOf(':') is var colon and > 0 ? name[..colon] : name;
}
