using AuthSidecar.Access.Authorization;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.Usage.Pricing;

namespace AuthSidecar.Usage.Budgets;

/// <summary>
/// Estimates the cost of a request before it runs: from the size of its prompt, and from the model and the limit of output tokens, where
/// path or body show them to Check.
/// </summary>
internal sealed class PromptCost(PriceBook prices, UsageOptions options, TimeProvider time)
{
    // English prose has about four bytes a token; other scripts have fewer, JSON syntax more.
    private const int BytesPerToken = 4;

    // The longest context windows; a longer body holds images or files.
    private const long MostTokens = 1_000_000;

    private static readonly string[] _noPrompts = ["multipart/", "audio/", "image/", "video/", "application/octet-stream"];

    /// <summary>Cost of the prompt and of the longest answer at the model's price, or else at the provider's median price.</summary>
    /// <returns>Millionths of the currency; 0: unknown.</returns>
    public long Of(CheckContext context)
    {
        var (input, output) = (TokensOf(context.Request.Headers), context.Request.Body.MaxOutput);
        if (input == 0 && output == 0)
        {
            return 0;
        }

        var (provider, now) = (context.Policy.Options.Provider!, time.GetUtcNow());
        return ModelNames.InPath(context) is { Count: > 0 } models
            ? models.Max(model => prices.Expect(provider, model, now, input, output))
            : prices.Expect(provider, context.Request.Body.Model, now, input, output);
    }

    /// <summary>
    /// False when <c>Usage:UnpricedModels</c> denies and the model of path or body, or the whole provider, has no price.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The prices cannot be read now.</exception>
    public async ValueTask<bool> MayPassAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (options.UnpricedModels == UnpricedModels.Estimate)
        {
            return true;
        }

        var (provider, now, inPath) = (context.Policy.Options.Provider!, time.GetUtcNow(), ModelNames.InPath(context));
        foreach (var model in inPath.Count == 0 && context.Request.Body.Model is { } inBody ? [inBody] : inPath)
        {
            if (!await prices.HasPriceAsync(provider, model, now, cancellationToken))
            {
                return false;
            }
        }

        return await prices.HasPriceAsync(provider, model: null, now, cancellationToken);
    }

    /// <summary>Whether the endpoint may cost anything; unknown endpoints may.</summary>
    public static bool MayGenerate(EndpointKind endpoint) =>
        endpoint is EndpointKind.None or EndpointKind.Unknown or EndpointKind.Generates;

    /// <summary>Estimated tokens of the prompt; 0: unknown.</summary>
    public static long TokensOf(RequestHeaders headers) =>
        headers.ContentLength > 0 && !IsNoPrompt(headers[KnownHeader.ContentType])
            ? Math.Min(headers.ContentLength / BytesPerToken, MostTokens)
            : 0;

    private static bool IsNoPrompt(string? type) =>
        type is not null && Array.Exists(_noPrompts, one => type.AsSpan().TrimStart().StartsWith(one, StringComparison.OrdinalIgnoreCase));
}
