using System.CommandLine;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Administration.Commands;

/// <summary>Options that limit a report to a user, a key or a policy.</summary>
internal sealed class UsageFilters
{
    private readonly Option<string?> _user = new("--user")
    {
        Description = "Only requests of this user, by name or id, or ISSUER|SUB for a caller of an issuer.",
        HelpName = "U",
    };
    private readonly Option<string?> _key = new("--key")
    {
        Description = "Only requests with this key, by its id or whole token.",
        HelpName = "K",
    };
    private readonly Option<string?> _policy = new("--policy")
    {
        Description = "Only requests under this policy, within Usage:RetentionDays.",
        HelpName = "P",
    };

    public IReadOnlyList<Option> All => [_user, _key, _policy];

    public void AddTo(Command command)
    {
        foreach (var option in All)
        {
            command.Add(option);
        }
    }

    /// <exception cref="CommandFailure">The user does not exist.</exception>
    public async Task<RowFilter> ReadAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var (user, key, policy) = (
            context.Arguments.GetValue(_user),
            context.Arguments.GetValue(_key),
            context.Arguments.GetValue(_policy)
        );
        return new(
            user is null ? null : await IdOfAsync(context, user, cancellationToken),
            key is null ? null : await KeyArgument.IdOfAsync(context, key, cancellationToken),
            policy
        );
    }

    private static async Task<string> IdOfAsync(CommandContext context, string user, CancellationToken cancellationToken)
    {
        await using var stored = context.Store.Open();
        if (await stored.Users.FindByNameOrIdAsync(user, cancellationToken) is { } found)
        {
            return found.Id;
        }

        return ExternalPerson.TrySplit(user, out _, out _) ? user : throw CommandFailure.Of(Refusal.UnknownUser(user));
    }
}
