using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Platform.Storage.Sqlite;

internal sealed class SqliteDbContext(DbContextOptions<SqliteDbContext> options) : SidecarDbContext(options);
