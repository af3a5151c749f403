using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage.Audit;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace AuthSidecar.Platform.Storage;

/// <summary>The store's tables. Each database has a thin context of its own, because migrations belong to a context type.</summary>
internal abstract class SidecarDbContext(DbContextOptions options) : DbContext(options), IDataProtectionKeyContext
{
    public DbSet<User> Users => Set<User>();
    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();
    public DbSet<Budget> Budgets => Set<Budget>();
    public DbSet<BudgetAlert> BudgetAlerts => Set<BudgetAlert>();
    public DbSet<Tenant> Tenants => Set<Tenant>();
    public DbSet<App> Apps => Set<App>();
    public DbSet<Member> Members => Set<Member>();
    public DbSet<Group> Groups => Set<Group>();
    public DbSet<GroupMember> GroupMembers => Set<GroupMember>();
    public DbSet<AssertionKey> AssertionKeys => Set<AssertionKey>();
    public DbSet<CacheInvalidation> Invalidations => Set<CacheInvalidation>();
    public DbSet<UsageRow> Usage => Set<UsageRow>();
    public DbSet<UsageDay> UsageDays => Set<UsageDay>();
    public DbSet<BilledObject> BilledObjects => Set<BilledObject>();
    public DbSet<Spend> Spends => Set<Spend>();
    public DbSet<Price> Prices => Set<Price>();
    public DbSet<DeadLetter> DeadLetters => Set<DeadLetter>();
    public DbSet<Interception> Interceptions => Set<Interception>();
    public DbSet<TokenUsage> TokenUsages => Set<TokenUsage>();
    public DbSet<PromptUsage> PromptUsages => Set<PromptUsage>();
    public DbSet<ToolUsage> ToolUsages => Set<ToolUsage>();
    public DbSet<ModelThought> ModelThoughts => Set<ModelThought>();
    public DbSet<UserCredential> UserCredentials => Set<UserCredential>();
    public DbSet<UserIdentity> UserIdentities => Set<UserIdentity>();
    public DbSet<Session> Sessions => Set<Session>();
    public DbSet<AuditEvent> AuditEvents => Set<AuditEvent>();
    public DbSet<IdempotencyKey> IdempotencyKeys => Set<IdempotencyKey>();
    public DbSet<DeviceGrant> DeviceGrants => Set<DeviceGrant>();

    /// <summary>Ring of ASP.NET Core's data protection.</summary>
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    /// <summary>Begins a transaction that excludes others with the same lock, on all replicas, until its end.</summary>
    /// <param name="key">Number of the lock, in <see cref="StoreLocks"/>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <remarks>Here SQLite's BEGIN IMMEDIATE, which excludes all other writers whatever the lock.</remarks>
    public virtual Task<IDbContextTransaction> BeginExclusiveAsync(long key, CancellationToken cancellationToken) =>
        Database.BeginTransactionAsync(cancellationToken);

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<InstantConverter>();
        configurationBuilder.Properties<TimeSpan>().HaveConversion<DurationConverter>();
        configurationBuilder.Properties<UserRole>().HaveConversion<LowerCaseConverter<UserRole>>();
        configurationBuilder.Properties<UserStatus>().HaveConversion<LowerCaseConverter<UserStatus>>();
        configurationBuilder.Properties<CredentialKind>().HaveConversion<LowerCaseConverter<CredentialKind>>();
        configurationBuilder.Properties<KeyFormat>().HaveConversion<LowerCaseConverter<KeyFormat>>();
        configurationBuilder.Properties<AppStatus>().HaveConversion<LowerCaseConverter<AppStatus>>();
        configurationBuilder.Properties<SubjectType>().HaveConversion<LowerCaseConverter<SubjectType>>();
        configurationBuilder.Properties<BudgetScope>().HaveConversion<BudgetScopes.Converter>();
        configurationBuilder.Properties<BudgetPeriod>().HaveConversion<LowerCaseConverter<BudgetPeriod>>();
        configurationBuilder.Properties<BudgetEvent>().HaveConversion<LowerCaseConverter<BudgetEvent>>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder
            .ApplyConfiguration(new User.Mapping())
            .ApplyConfiguration(new ApiKey.Mapping())
            .ApplyConfiguration(new Budget.Mapping())
            .ApplyConfiguration(new BudgetAlert.Mapping())
            .ApplyConfiguration(new Tenant.Mapping())
            .ApplyConfiguration(new App.Mapping())
            .ApplyConfiguration(new Member.Mapping())
            .ApplyConfiguration(new Group.Mapping())
            .ApplyConfiguration(new GroupMember.Mapping())
            .ApplyConfiguration(new AssertionKey.Mapping())
            .ApplyConfiguration(new CacheInvalidation.Mapping())
            .ApplyConfiguration(new UsageRow.Mapping())
            .ApplyConfiguration(new UsageDay.Mapping())
            .ApplyConfiguration(new BilledObject.Mapping())
            .ApplyConfiguration(new Spend.Mapping())
            .ApplyConfiguration(new Price.Mapping())
            .ApplyConfiguration(new DeadLetter.Mapping())
            .ApplyConfiguration(new Interception.Mapping())
            .ApplyConfiguration(new TokenUsage.Mapping())
            .ApplyConfiguration(new PromptUsage.Mapping())
            .ApplyConfiguration(new ToolUsage.Mapping())
            .ApplyConfiguration(new ModelThought.Mapping())
            .ApplyConfiguration(new UserCredential.Mapping())
            .ApplyConfiguration(new UserIdentity.Mapping())
            .ApplyConfiguration(new Session.Mapping())
            .ApplyConfiguration(new AuditEvent.Mapping())
            .ApplyConfiguration(new IdempotencyKey.Mapping())
            .ApplyConfiguration(new DeviceGrant.Mapping());
}
