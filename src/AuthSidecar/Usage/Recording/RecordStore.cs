using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Usage.Recording;

/// <summary>
/// Interceptions and their records. Idempotent: a record that a client repeats because its answer was lost changes nothing.
/// </summary>
internal sealed class RecordStore(RecordBatcher batcher, RowCost costOf)
{
    /// <param name="id">Id of the interception.</param>
    /// <param name="toolCallId">The tool call that it continues, or null.</param>
    /// <param name="userAgent">The client's user agent; may be empty.</param>
    /// <param name="make">Creates it from the ids of its parent and root interceptions.</param>
    public Task<RecordResult> StartAsync(string id, string? toolCallId, string userAgent, Func<string?, string?, Interception> make) =>
        batcher.WriteAsync(id, async session =>
        {
            if (await session.FindAsync(id) is not null)
            {
                return RecordResult.Repeated;
            }

            var parent = toolCallId is null ? null : await ParentAsync(session.Context, toolCallId);
            var interception = make(parent?.Id, parent?.RootId ?? parent?.Id);
            var key = await session.Context.ApiKeys.AsNoTracking().SingleOrDefaultAsync(key => key.Id == interception.ApiKeyId);
            RecorderUsageReporter.Report(
                session,
                interception,
                key,
                await SharedBudgetsAsync(session.Context, interception.InitiatorId),
                userAgent
            );
            return session.Add(interception);
        });

    /// <param name="id">Id of the interception.</param>
    /// <param name="end">Sets the columns of the end.</param>
    public Task<RecordResult> EndAsync(string id, Action<Interception> end) => batcher.WriteAsync(id, async session =>
        {
            switch (await session.FindAsync(id))
            {
                case null:
                    return RecordResult.Unknown;
                case { EndedAt: not null }:
                    return RecordResult.Repeated;
                case var interception:
                    end(interception);
                    RecorderUsageReporter.Report(session, interception);
                    return RecordResult.Stored;
            }
        });

    public Task<RecordResult> AddAsync(string id, bool isTimed, Func<TokenUsage> make) => batcher.WriteAsync(id, async session =>
        {
            if (await session.FindAsync(id) is not { } interception)
            {
                return RecordResult.Unknown;
            }

            var record = make();
            var sums = await session
                .Context.TokenUsages.Where(other => other.InterceptionId == id)
                .GroupBy(other => other.InterceptionId)
                .Select(TokenSums.Of(record))
                .SingleOrDefaultAsync()
                ?? new();
            foreach (var other in session.Context.TokenUsages.Local.Where(other => other.InterceptionId == id))
            {
                sums.Add(other, record);
            }

            if (isTimed && sums.Copies > 0)
            {
                return RecordResult.Repeated;
            }

            sums.Add(record, record);
            record.CostMicros = costOf(RecorderUsageReporter.ToPrice(interception, record));
            RecorderUsageReporter.Report(session, interception, sums);
            return session.Add(record);
        });

    public Task<RecordResult> AddAsync(string id, bool isTimed, Func<PromptUsage> make) =>
        AddTextAsync(id, isTimed, make, (context, record) =>
            context.PromptUsages.AnyAsync(other =>
                other.InterceptionId == id
                && other.CreatedAt == record.CreatedAt
                && other.MsgId == record.MsgId
                && other.Prompt == record.Prompt
                && other.Metadata == record.Metadata
            )
        );

    public Task<RecordResult> AddAsync(string id, bool isTimed, Func<ToolUsage> make) =>
        AddTextAsync(id, isTimed, make, (context, record) =>
            context.ToolUsages.AnyAsync(other =>
                other.InterceptionId == id
                && other.CreatedAt == record.CreatedAt
                && other.MsgId == record.MsgId
                && other.ToolCallId == record.ToolCallId
                && other.ItemId == record.ItemId
                && other.ServerUrl == record.ServerUrl
                && other.Tool == record.Tool
                && other.Input == record.Input
                && other.IsInjected == record.IsInjected
                && other.InvocationError == record.InvocationError
                && other.Metadata == record.Metadata
            )
        );

    public Task<RecordResult> AddAsync(string id, bool isTimed, Func<ModelThought> make) =>
        AddTextAsync(id, isTimed, make, (context, record) =>
            context.ModelThoughts.AnyAsync(other =>
                other.InterceptionId == id
                && other.CreatedAt == record.CreatedAt
                && other.Content == record.Content
                && other.Metadata == record.Metadata
            )
        );

    /// <summary>Handles a text that is not stored; unknown interceptions are still reported.</summary>
    public Task<RecordResult> DropAsync(string id) =>
        batcher.WriteAsync(id, async session => await session.FindAsync(id) is null ? RecordResult.Unknown : RecordResult.Dropped);

    private Task<RecordResult> AddTextAsync<T>(string id, bool isTimed, Func<T> make, Func<SidecarDbContext, T, Task<bool>> isThere)
        where T : class => batcher.WriteAsync(id, async session =>
        {
            if (await session.FindAsync(id) is null)
            {
                return RecordResult.Unknown;
            }

            // Records of the same batch must be found too.
            await session.SaveAsync();
            var record = make();
            return isTimed && await isThere(session.Context, record) ? RecordResult.Repeated : session.Add(record);
        });

    private static async Task<string?> SharedBudgetsAsync(SidecarDbContext context, string userId)
    {
        var groups = await context
            .Budgets.AsNoTracking()
            .Where(budget =>
                budget.Scope == BudgetScope.Shared
                && context.GroupMembers.Any(member => member.UserId == userId && member.GroupId == budget.SubjectId)
            )
            .Select(budget => budget.SubjectId)
            .Distinct()
            .ToListAsync();
        return groups.Count == 0 ? null : string.Join(' ', groups.Order(StringComparer.Ordinal));
    }

    private static Task<Interception?> ParentAsync(SidecarDbContext context, string toolCallId) =>
        context
            .ToolUsages.AsNoTracking()
            .Where(tool => tool.ToolCallId == toolCallId)
            .OrderByDescending(tool => tool.Id)
            .Select(tool => tool.Interception)
            .FirstOrDefaultAsync();
}
