using System.CommandLine;
using AuthSidecar.Platform.Hashing;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Commands;

/// <summary>Names a key by its id or its whole token, as a scanner for secrets finds it. The token is never printed.</summary>
internal static class KeyArgument
{
    public static Argument<string> Id() =>
        new("ID") { Description = "The key's id: the second part of its token, or an imported key's own. The whole token is an id too." };

    /// <summary>The id of the named key; a token without a key is returned as it is, and is no id.</summary>
    public static async Task<string> IdOfAsync(CommandContext context, string text, CancellationToken cancellationToken)
    {
        var token = text.Trim();
        if (KeyToken.TryParse(token, out var issued))
        {
            return issued.Id.ToString();
        }

        var family = TokenFamilies.Of(token);
        if (family == TokenFamily.Coder)
        {
            return token[..TokenFamilies.CoderIdLength];
        }

        if (
            family is not (TokenFamily.Legacy or TokenFamily.Litellm)
            || token.Length > TokenFamilies.Longest
            || !System.Text.Ascii.IsValid(token)
        )
        {
            return token;
        }

        var hasher = await context.ReadHasherAsync(cancellationToken);
        var hashes = hasher.Candidates(family.ToFormat()!.Value, token);
        await using var store = context.Store.Open();
        return await store.ApiKeys.Where(key => hashes.Contains(key.Hash!)).Select(key => key.Id).FirstOrDefaultAsync(cancellationToken)
            ?? token;
    }
}
