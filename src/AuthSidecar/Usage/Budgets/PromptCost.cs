using AuthSidecar.Access.Authorization;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.Usage.Pricing;

namespace AuthSidecar.Usage.Budgets;

/// <summary>Estimates the cost of a request before it runs, from the model in its path and the size of its prompt.</summary>
internal sealed class PromptCost(PriceBook prices, UsageOptions options, TimeProvider time)
{
    // English prose has about four bytes a token; other scripts have fewer, JSON syntax more.
    private const int BytesPerToken = 4;

    // The longest context windows; a longer body holds images or files.
    private const long MostTokens = 1_000_000;

    private static readonly string[] _noPrompts = ["multipart/", "audio/", "image/", "video/", "application/octet-stream"];

    /// <summary>Cost of the prompt at the price of the path's model, or else at the provider's median price.</summary>
    /// <returns>Millionths of the currency; 0: unknown.</returns>
    public long Of(CheckContext context)
    {
        if (context.Request.Headers is not { ContentLength: > 0 and var bytes } headers || IsNoPrompt(headers[KnownHeader.ContentType]))
        {
            return 0;
        }

        // The output is unknown here: its limit is in the body.
        var (provider, now, input) = (context.Policy.Options.Provider!, time.GetUtcNow(), Math.Min(bytes / BytesPerToken, MostTokens));
        return ModelNames.InPath(context) is { Count: > 0 } models
            ? models.Max(model => prices.Expect(provider, model, now, input, output: 0))
            : prices.Expect(provider, model: null, now, input, output: 0);
    }

    /// <summary>False when <c>Usage:UnpricedModels</c> denies and the path's model, or the whole provider, has no price.</summary>
    /// <exception cref="StoreUnavailableException">The prices cannot be read now.</exception>
    public async ValueTask<bool> MayPassAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (options.UnpricedModels == UnpricedModels.Estimate)
        {
            return true;
        }

        var (provider, now) = (context.Policy.Options.Provider!, time.GetUtcNow());
        foreach (var model in ModelNames.InPath(context))
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

    private static bool IsNoPrompt(string? type) =>
        type is not null && Array.Exists(_noPrompts, one => type.AsSpan().TrimStart().StartsWith(one, StringComparison.OrdinalIgnoreCase));
}
